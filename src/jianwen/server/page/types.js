// @ts-check
/**
 * The shapes of docs/http.md, for the type checker only. Holds no code.
 *
 * @typedef {{page: number, boxes?: number[][]} | {sheet: string, row: number} | {start_s: number, end_s: number, box?: number[]} | Record<string, never>} Where
 * @typedef {{passage_id: string, source: string, source_id: string, where: Where, text: string, score: number}} Hit
 * @typedef {{n: number, source: string, source_id: string, passage_id: string, where: Where, quote: string}} Citation
 * @typedef {{start: number, end: number, why: string, why_zh: string}} Unsupported
 * @typedef {{search?: number, first_token?: number, total?: number}} Timings what was measured
 * @typedef {{read?: number, reused?: number, written?: number}} Tokens
 *
 * @typedef {object} Answer
 * @property {string} message_id
 * @property {string} answer
 * @property {boolean} refused
 * @property {"done" | "stopped"} state
 * @property {Citation[]} citations
 * @property {Unsupported[]} unsupported
 * @property {Hit[]} nearest
 * @property {Timings} timings_s
 * @property {Tokens} tokens
 *
 * @typedef {"done" | "writing" | "stopped" | "failed"} MessageState
 * @typedef {{id: string, role: "user" | "assistant", text: string, state: MessageState, answer: Answer | null, hits: Hit[] | null}} Message
 * @typedef {{id: string, title: string, messages: Message[]}} Talk
 * @typedef {{id: string, title: string, updated_at: string | number, messages: number}} TalkSummary
 *
 * @typedef {"pdf" | "word" | "sheet" | "slides" | "web" | "text" | "picture"} Kind
 * @typedef {"queued" | "reading" | "ready" | "failed"} SourceState
 * @typedef {object} Source
 * @property {string} id
 * @property {string} name
 * @property {Kind} kind
 * @property {SourceState} state
 * @property {string | null} error
 * @property {string | null} error_zh
 * @property {number} passages
 * @property {number | null} pages
 * @property {number[]} ocr_pages
 * @property {number} bytes
 * @property {string | number} added_at
 * @property {{name: string, done: number, total: number} | null} stage
 *
 * @typedef {{name: string, error: string, error_zh: string}} Refused
 * @typedef {{added: Source[], unchanged: Source[], failed: Refused[]}} Added
 *
 * @typedef {{number: number, of: number, image: string, width: number, height: number}} PageView
 * @typedef {{sheet: string, header: string[], rows: {row: number, cells: string[], marked: boolean}[]}} TableView
 * @typedef {{passage_id: string, heading_path: string[], text: string, marked: boolean}} TextPiece
 * @typedef {object} View
 * @property {Source} source
 * @property {string} passage_id
 * @property {string} quote
 * @property {Where} where
 * @property {"page" | "table" | "text"} kind
 * @property {PageView | null} page
 * @property {TableView | null} table
 * @property {TextPiece[] | null} text
 *
 * @typedef {{width: number, height: number, values: number[]}} Density balls per cell, row by row
 * @typedef {object} Counted
 * @property {string} name
 * @property {number | null} count only a guess where it abstained
 * @property {number | null} confidence
 * @property {boolean} abstained
 * @property {Density | null} density
 * @property {string | null} error
 * @property {string | null} error_zh
 *
 * @typedef {{ready: boolean, open: number, most: number, detail: string, detail_zh: string}} TrackingRoom
 * @typedef {{id: string, name: string, width: number, height: number, fps: number, frames: number, duration_s: number, objects: string[]}} Video
 * @typedef {{box: number[], rows: number, columns: number, runs: number[]}} Mask runs of cells in the box, row by row, the first one off
 * @typedef {object} SeenObject
 * @property {string} name
 * @property {number[] | null} box
 * @property {number[] | null} centre
 * @property {number} confidence
 * @property {boolean} lost
 * @property {boolean} found_again
 * @property {Mask | null} mask
 * @typedef {"potted" | "ball_ball" | "ball_cushion" | "strike" | "at_rest"} HappenedKind
 * @typedef {{kind: HappenedKind, time_s: number, place: number[], objects: string[], confidence: number}} Happened
 *
 * @typedef {{name: string, state: "loading" | "ready" | "missing" | "failed", detail: string, detail_zh: string}} Model
 * @typedef {{prefill_tok_s: number | null, decode_tok_s: number | null, search_ms: number | null}} Speeds null until measured
 * @typedef {object} Status
 * @property {string} version
 * @property {number} sources
 * @property {number} passages
 * @property {{queued: number, running: number, failed: number}} jobs
 * @property {Record<string, Model>} models
 * @property {number} memory_mb
 * @property {number} disk_mb
 * @property {number} disk_free_mb
 * @property {{running: number, waiting: number}} queue
 * @property {Speeds | null} speeds
 *
 * @typedef {{unmount: () => void, follow?: (path: string[]) => void}} Mounted
 */
export {};
