"""A client of a site of sample articles."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.support.browser import CHROMIUM, DRIVER, opened
from tests.support.web_site import site


@pytest.fixture(scope="module")
def client():
    return site()


@pytest.fixture(scope="module")
def url(checkout):
    """The address of a served site."""
    with served(checkout, "web_site") as address:
        yield address


@pytest.fixture(scope="module")
def archive_url(checkout):
    """The address of a served site of 64 articles in three years."""
    with served(checkout, "archive_site") as address:
        yield address


@contextmanager
def served(checkout, module):
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.support.{module}"],
        cwd=checkout,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser; whoever asks for it is skipped where there is none."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("chromium or chromedriver is not installed")
    driver = opened(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture
def see(browser):
    """Wait for the element that a CSS selector and a part of its text name; return it."""
    from selenium.common.exceptions import StaleElementReferenceException
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    def find(selector, text=""):
        def found(driver):
            elements = driver.find_elements(By.CSS_SELECTOR, selector)
            return next((e for e in elements if text in e.text), False)

        wait = WebDriverWait(browser, 30, ignored_exceptions=[StaleElementReferenceException])
        return wait.until(found, f"no {selector} with {text!r}")

    return find
