"""Measures the product through its own doors; every command prints a table and, last, one JSON line."""

from jianwen.bench.answers import eval_answers
from jianwen.bench.counter import eval_counter, eval_ladder
from jianwen.bench.dataset import DataSet, Gold, QuestionItem, load_data_set, venue_documents, venue_questions
from jianwen.bench.detector import eval_detector
from jianwen.bench.embedding import bench_embed
from jianwen.bench.first_token import bench_first_token
from jianwen.bench.report import Report
from jianwen.bench.retrieval import eval_retrieval
from jianwen.bench.speeds import bench_language
from jianwen.bench.tracker import eval_tracker, open_tracker
from jianwen.bench.trackerspeed import bench_tracker

__all__ = [
    "DataSet",
    "Gold",
    "QuestionItem",
    "Report",
    "bench_embed",
    "bench_first_token",
    "bench_language",
    "bench_tracker",
    "eval_answers",
    "eval_counter",
    "eval_detector",
    "eval_ladder",
    "eval_retrieval",
    "eval_tracker",
    "load_data_set",
    "open_tracker",
    "venue_documents",
    "venue_questions",
]
