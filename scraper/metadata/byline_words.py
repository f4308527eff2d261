"""Words around the names of a byline, by language: before them, between them."""

from __future__ import annotations

from typing import Final

BY_WORDS: Final[tuple[str, ...]] = (
    "written by", "reported by", "posted by", "published by", "story by", "words by", "text by", "article by", "created by", "submitted by",
    "authored by", "contributed by", "analysis by", "opinion by", "review by", "interview by", "as told to", "author", "authors", "by",
    "geschrieben von", "veröffentlicht von", "ein kommentar von", "eine analyse von", "ein gastbeitrag von", "kommentar von", "aus", "von", "autorin", "autoren", "autor/in",
    "propos recueillis par", "publié par", "écrit par", "rédigé par", "auteurs", "auteur", "par",
    "escrito por", "publicado por", "redactado por", "autora", "autores", "autor", "por",
    "a cura di", "scritto da", "pubblicato da", "autore", "di", "da",
    "geschreven door", "auteur(s)", "door", "skrevet av", "skrevet af", "skriven av", "tekst", "text", "texte", "texto", "testo", "av", "af",
    "napisane przez", "opracowanie", "oprac.", "przez", "kirjoittaja", "teksti", "yazar", "yazan", "muhabir", "haber",
    "автор", "автори", "авторы", "текст", "autorius", "szerző", "írta", "scris de", "de", "napsal", "napsala", "συντάκτης", "penulis", "oleh", "reporter", "editor",
    "piše", "pišu", "napisao", "napisala", "priredio", "priredila", "пише", "пишу", "написао", "написала", "autors", "parengė", "eftir",
    "γράφει ο", "γράφει η", "γράφουν οι", "γράφει", "ρεπορτάζ", "نویسنده", "به قلم", "تحریر", "كتبت", "إعداد", "תחקיר", "โดย", "pewarta", "wartawan", "ditulis oleh",
    "记者", "作者", "责任编辑", "责编", "编辑", "記者", "文", "執筆", "著者", "글", "기자", "tác giả", "ผู้เขียน", "लेखक", "الكاتب", "كتب", "بقلم", "מאת",
)  # fmt: skip
"""Words before a name, by language. Longer phrases win."""

BY_LABELS: Final = (
    "journalist", "journaliste", "periodista", "jornalista", "giornalista", "toimittaja", "dziennikarz", "redakteur", "verslaggever", "korrespondent",
    "correspondent", "reportage", "reportaje", "reportagem",
)  # fmt: skip
"""Words before a colon and a name."""
KINDS: Final = (
    "(?:reportage|essay|analyse|kommentar|gastkommentar|gastbeitrag|interview|beitrag|artikel|rezension|glosse|porträt|bericht|kolumne|leitartikel|recherche) von"
    "|(?:enquête|reportage|analyse|article|chronique|tribune|récit|billet|éditorial|portrait) (?:de|par)"
    "|(?:reportaje|artículo|crónica|análisis|columna|entrevista) de|(?:articolo|reportage|intervista|inchiesta|analisi) di"
)
"""Kinds of texts, between an article and the writer: "Eine Reportage von Jane Doe"."""

AND: Final[tuple[str, ...]] = (
    "and",
    "und",
    "et",
    "with",
    "mit",
    "avec",
    "con",
    "en",
    "og",
    "och",
    "ja",
    "ve",
    "oraz",
    "и",
    "та",
    "és",
    "dan",
    "και",
    "și",
    "with additional reporting by",
)
"""Words between names."""
AND_SHORT: Final[tuple[str, ...]] = (
    "y", "e", "i", "a", "і", "й", "dhe", "và", "şi", "และ", "और", "و",
)  # fmt: skip
"""Words between names that also occur inside names: they split only if both sides have two words."""
