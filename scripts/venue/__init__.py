"""The parts of `make_venue.py`: facts, prose, sheets, slides, pictures, questions, and the writers of files."""
