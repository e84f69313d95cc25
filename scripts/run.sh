#!/bin/sh
# Called by `make run`: fetch the model if there is none, then serve, with the sample venue in an empty library.
set -eu
bin=$1
case "$JIANWEN_LANGUAGE" in
scripted | openai) ;;
*) "$bin/jianwen" models pull "$JIANWEN_LANGUAGE" ;;
esac
exec "$bin/jianwen" serve --sample
