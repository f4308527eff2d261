"""Text: words, sentences, languages, scripts without spaces, dates and time zones. Pure functions without any knowledge of HTML.

Takes strings and gives words, moments (`datetime` with a zone) and patterns. Nothing here raises on arbitrary text.

Open `words.py` for comparing texts, `dates.py` for dates in text. `months.py` has the names of months, `date_forms.py` the
digits and years of other scripts and calendars; `url_dates.py` reads days and months in addresses.
"""
