"""What the tests of the book share."""
import pytest

import browsing
import course

try:
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.common.by import By
except ImportError:  # the fixture `browser` says so
    pass


@pytest.fixture(scope="session")
def book():
    """Returns the folder of the book's pages."""
    return course.book("html") / "html"


@pytest.fixture(scope="session")
def browser(book):
    """Returns a browser that has shown a page: on a busy machine, one may fail to start,
    or to show its first page, and that is not a fault of the book."""
    course.needs("selenium", "chromium", "chromedriver")
    for start in range(1, browsing.STARTS + 1):
        driver = None
        try:
            driver = browsing.new_browser()
            for theme in browsing.THEMES:
                browsing.show(driver, book, "index", theme=theme)
                driver.find_element(By.TAG_NAME, "h1")
            break
        except WebDriverException:
            if driver:
                driver.quit()
            if start == browsing.STARTS:
                raise
    yield driver
    driver.quit()
