"""The pages in Chromium: contrast, names, keyboard, links. Stored markup must not run, and nothing may load from elsewhere."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.gallery import PROMO, build
from tests.support.visits import BODY

pytest.importorskip("datasette")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra dev)")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split()
PAGES = [
    "",
    "-/search?q=harbour",
    "-/search",
    "-/article/1?revision=1&removed=1",
    "-/article/1/changes/2",
    "-/article/3?removed=1",
    "-/article/4",
    "-/boilerplate",
    "-/health",
]
LOOKS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine (Debian: apt-get install chromium)")

FAULTS = r"""
() => {
  const parse = text => (text.match(/[\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => { const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
  const behind = element => { for (; element; element = element.parentElement) { const colour = parse(getComputedStyle(element).backgroundColor); if (colour.length === 3 || colour[3] > 0) return colour; } return [255, 255, 255]; };
  const faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility()) continue;
    const style = getComputedStyle(element), text = parse(element instanceof SVGElement ? style.fill : style.color);
    const [high, low] = [luminance(text), luminance(behind(element))].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)} of ${element.tagName}.${element.className}: ${node.data.trim().slice(0, 40)}`);
  }
  for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    if (!field.labels.length) faults.push(`no label for ${field.outerHTML}`);
  for (const [selector, wanted] of [['main', 1], ['h1', 1], ['header.top', 1], ['nav[aria-label="Pages"]', 1], ['html[lang]', 1]])
    if (document.querySelectorAll(selector).length !== wanted) faults.push(`not ${wanted} of ${selector}`);
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`id ${id} twice`);
  for (const button of document.querySelectorAll('button')) if (!(button.getAttribute('aria-label') || button.textContent).trim()) faults.push(`a button without a name ${button.outerHTML}`);
  for (const link of document.querySelectorAll('a')) if (!link.textContent.trim()) faults.push(`empty link ${link.href}`);
  for (const picture of document.querySelectorAll('svg:not([aria-hidden])')) if (!picture.getAttribute('aria-label')) faults.push('a plot without a name');
  if (document.documentElement.scrollWidth > innerWidth) faults.push(`wider than the window: ${document.documentElement.scrollWidth}`);
  if (!document.title.endsWith('Cuttings') || document.title.length < 12) faults.push(`title ${document.title}`);
  return faults;
}"""
"""Faults of a page for people who read by eye, by ear or by keyboard. WCAG 2: contrast 1.4.3, names 1.1.1 and 1.3.1."""


@pytest.fixture(scope="module")
def url(addresses: tuple[str, str]) -> str:
    """The address of the gallery, served."""
    return addresses[0]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The addresses that `serve` prints: of the gallery, and the one that allows changes."""
    path = build(tmp_path_factory.mktemp("pages") / "gallery.db")
    line = [sys.executable, "-m", "archive", "serve", "--db", str(path), "--port", "0"]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        yield process.stderr.readline().split()[0], process.stderr.readline().split()[0]
        os.kill(process.pid, signal.SIGINT)
        try:
            process.wait(10)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visits() -> list[str]:
    """Errors in the console, and requests to other hosts."""
    return []


def open_page(browser: Browser, url: str, troubles: list[str], **options: Any) -> Page:
    """A new window. Its errors and its requests to other hosts are added to `troubles`."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: troubles.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on(
        "request", lambda request: None if request.url.startswith(url) else troubles.append(f"request: {request.url}")
    )
    return page


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_every_page_is_readable_and_loads_nothing_from_elsewhere(
    browser: Browser, url: str, visits: list[str], scheme: Any, width: int
) -> None:
    page = open_page(browser, url, visits, color_scheme=scheme, viewport={"width": width, "height": 844})
    faults = {}
    for path in PAGES:
        page.goto(url + path)
        faults[path] = page.evaluate(FAULTS)
    assert faults == {path: [] for path in PAGES}
    assert visits == []
    page.context.close()


def test_a_reader_searches_reads_shows_removed_blocks_and_sees_changes(
    browser: Browser, url: str, visits: list[str]
) -> None:
    page = open_page(browser, url, visits)
    page.goto(url)
    page.get_by_role("searchbox").fill("dredged fishermen")
    page.keyboard.press("Enter")
    assert page.get_by_role("status").inner_text() == "2 articles"
    assert page.locator("mark").first.inner_text() == "dredged"
    page.get_by_role("link", name="Harbour to be dredged in May").click()
    promo = page.get_by_text(PROMO)
    assert not promo.is_visible()
    switch = page.get_by_role("checkbox", name="Show 1 removed block in place")
    switch.focus()
    page.keyboard.press("Space")
    assert promo.is_visible()
    assert (
        page.get_by_role("complementary", name="Removed: newsletter sign-ups").locator("code").inner_text()
        == "newsletter.signup.en"
    )
    page.keyboard.press("Space")
    assert not promo.is_visible()
    page.get_by_role("link", name="changes:").click()
    assert page.locator("h1 ins").text_content() == "[added:  in May]"
    assert [page.locator(".edited").get_by_role(role).last.text_content() for role in ("deletion", "insertion")] == [
        "[removed: eleven]",
        "[added: twelve]",
    ]
    page.get_by_role("link", name="Back to the article").click()
    assert page.get_by_text(BODY[0]).is_visible()
    assert visits == []
    page.context.close()


def test_the_first_tab_stop_skips_the_header(browser: Browser, url: str, visits: list[str]) -> None:
    page = open_page(browser, url, visits)
    page.goto(f"{url}-/boilerplate")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    assert skip.evaluate("element => element === document.activeElement && element.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.context.close()


def test_boilerplate_links_to_an_article_with_its_removed_blocks_shown(
    browser: Browser, url: str, visits: list[str]
) -> None:
    page = open_page(browser, url, visits)
    page.goto(f"{url}-/boilerplate")
    page.get_by_label("Kind", exact=True).select_option("newsletter")
    page.get_by_role("button", name="Show").click()
    page.locator(".cuts a[href*='removed=1']").first.click()
    assert page.get_by_text(PROMO).is_visible()
    assert visits == []
    page.context.close()


def test_an_article_has_readable_lines_and_prints_without_navigation(
    browser: Browser, url: str, visits: list[str]
) -> None:
    page = open_page(browser, url, visits, viewport={"width": 1280, "height": 900})
    page.goto(f"{url}-/article/1?revision=1")
    measure = page.evaluate("""() => {
      const pen = document.createElement('canvas').getContext('2d'), body = document.querySelector('.body'), style = getComputedStyle(body);
      pen.font = `${style.fontSize} ${style.fontFamily}`;
      const text = [...body.querySelectorAll('p')].map(p => p.textContent).join(' ');
      return body.clientWidth / (pen.measureText(text).width / text.length);
    }""")
    assert 60 <= measure <= 75  # characters per line; Bringhurst: 45 to 75, ideally 66
    page.emulate_media(media="print")
    assert [page.locator(part).first.is_visible() for part in ("nav", ".switch-label", "h1", ".body")] == [
        False,
        False,
        True,
        True,
    ]
    page.context.close()


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(252, 251, 248)"), ("dark", "rgb(24, 23, 21)")])
def test_tables_are_readable_in_our_colours(
    browser: Browser, url: str, visits: list[str], scheme: Any, paper: str
) -> None:
    page = open_page(browser, url, visits, color_scheme=scheme)
    faults = []
    for path in ("gallery", "gallery/articles", "gallery/articles/3", "gallery/boilerplate"):
        page.goto(url + path)
        faults += [
            fault for fault in page.evaluate(FAULTS) if fault.startswith("contrast") and "CodeMirror" not in fault
        ]
    assert faults == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
    assert page.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor") == paper
    page.context.close()


def test_stored_markup_does_not_run_in_tables(browser: Browser, url: str, visits: list[str]) -> None:
    page = open_page(browser, url, visits)
    for path in (
        "gallery/articles",
        "gallery/articles/3",
        "gallery/removals",
        "gallery/health",
        "gallery?sql=select+title+from+articles",
    ):
        page.goto(url + path)
    assert [trouble for trouble in visits if not trouble.startswith("console: [DOM]")] == []
    page.context.close()


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_a_reader_changes_the_archive_by_keyboard(
    browser: Browser, addresses: tuple[str, str], visits: list[str], scheme: Any, width: int
) -> None:
    url, own = addresses
    page = open_page(browser, url, visits, color_scheme=scheme, viewport={"width": width, "height": 844})
    page.goto(own)
    page.get_by_text("This browser may now").wait_for()
    faults = []

    def press(role: Any, name: str, key: str, *, said: str) -> None:
        page.get_by_role(role, name=name, exact=True).press(key)
        page.get_by_role("status").filter(has_text=said).wait_for()
        page.wait_for_load_state()  # the line may be there before the style sheet
        faults.extend(page.evaluate(FAULTS))

    page.goto(f"{url}-/article/6")
    page.get_by_role("textbox", name="Tags, separated by commas").fill(f"mills, {scheme} {width}")
    press("textbox", "Tags, separated by commas", "Enter", said="Tags saved.")
    page.get_by_role("textbox", name="Note").fill("Which mill?")
    press("button", "Save note", "Space", said="Note saved.")
    assert page.get_by_role("textbox", name="Note").input_value() == "Which mill?"
    press("button", "Star this article", "Enter", said="Starred.")
    page.get_by_role("checkbox", name="Show 1 removed block in place").press("Space")
    press("button", "Restore block 1", "Enter", said="Block restored.")
    press("button", "Remove block 1 again", "Enter", said="The block was removed again.")
    press("button", "Take the star away", "Enter", said="The star was taken away.")
    page.goto(f"{url}-/search?q=mill&site=post.example")
    page.get_by_role("textbox", name="Name of the saved search").fill("Mills again")
    press("textbox", "Name of the saved search", "Enter", said="Search saved")
    press("button", "Delete the saved search Mills again", "Enter", said="Saved search deleted.")
    assert (faults, visits) == ([], [])
    page.context.close()


def test_a_long_line_of_code_scrolls(browser: Browser, url: str, visits: list[str]) -> None:
    page = open_page(browser, url, visits, viewport={"width": 390, "height": 844})
    page.goto(f"{url}-/article/1?revision=1")
    code = page.locator(".body pre")
    code.locator("code").evaluate("element => { element.textContent = 'ship'.repeat(200); }")
    assert code.evaluate("element => [element.scrollWidth > element.clientWidth, element.tabIndex]") == [True, 0]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.close()
