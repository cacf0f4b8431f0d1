"""Walks over every screen: nothing cut, covered, too small, too near, too pale, nameless or out of focus.

`make walks` draws every screen in every form; `test_walks.py` draws each once at the largest text and
each pair of the other axes once.
"""
