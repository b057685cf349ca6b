"""How the tests look at the book: in a real browser, from files."""
import shutil

import course

try:
    from selenium import webdriver
    from selenium.common.exceptions import TimeoutException
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.support.wait import WebDriverWait
except ImportError:  # the fixture `browser` says so: a chapter's tests do without
    webdriver = None

WIDTHS = [390, 768, 1440]
THEMES = ["light", "dark"]
# How often a browser is started before the tests give it up.
STARTS = 3
# How many seconds a page has until it must fit.
SETTLES = 10


def new_browser():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu",
                     "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-sync",
                     "--disable-component-update", "--allow-file-access-from-files"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL",
                                                 "performance": "ALL"})
    options.binary_location = shutil.which(course.tool("chromium"))
    driver = webdriver.Chrome(options=options, service=Service(
        shutil.which(course.tool("chromedriver"))))
    driver.set_script_timeout(2 * course.PATIENCE)  # axe takes its time on a long page
    return driver


def wait_for(browser, condition, seconds=course.PATIENCE):
    return WebDriverWait(browser, seconds).until(lambda _: condition())


def show(browser, book, page, width=1440, theme="light"):
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": theme}]})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": 1,
        "mobile": width < 600})
    for _ in range(STARTS):
        browser.get((book / f"{page}.html").as_uri())
        try:  # on a busy machine, a page may be there before its style, or without it
            wait_for(browser, lambda: browser.execute_script(HAS_STYLE), SETTLES)
            return
        except TimeoutException:
            pass
    raise AssertionError(f"{page} is shown without its style")


HAS_STYLE = "return getComputedStyle(document.body).lineHeight !== 'normal'"
