"""Tests of scraper/batch."""
