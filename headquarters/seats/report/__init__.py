"""Report one allocation to people: a page to read and print, with charts.

drawing.py  an SVG document: shapes, patterns, text in both directions
charts.py   votes and seats by group as bars; the council as a half round
page.py     everything the page says, and `page.html` that lays it out
writing.py  the folder: HTML, SVG, PNG, and the votes to do the sum again
"""
