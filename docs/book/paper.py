"""paper.py PAGE TARGET - makes the PDF of a page with WeasyPrint, in three quarters of
the time that its own program takes. It is run by WeasyPrint's interpreter of Python.
"""
import gc
import sys

import weasyprint
from weasyprint.css.targets import TargetCollector


def without_own_counters(collect):
    """Returns TargetCollector.collect_missing_counters() for content that shows another
    page's number. WeasyPrint 57 takes it to show its own page's number, too."""
    def wrapper(self, box, token, parse_again, own, of_targets):
        if any(own is counters for counters in of_targets.values()):
            own = []
        return collect(self, box, token, parse_again, own, of_targets)
    return wrapper


def without_number_of_pages(cache):
    """Returns TargetCollector.cache_target_page_counters() without the counter `pages`,
    which no page shows. It changes when all are laid out for the first time."""
    def wrapper(self, anchor, counters, *rest):
        return cache(self, anchor, {name: value for name, value in counters.items()
                                    if name != "pages"}, *rest)
    return wrapper


def main():
    # It frees next to nothing here, and takes a sixth of the time; at the end, a second.
    gc.disable()
    # Pages with references are laid out twice then: not a third time. Another version
    # of WeasyPrint may have no such functions.
    for name, without in (("collect_missing_counters", without_own_counters),
                          ("cache_target_page_counters", without_number_of_pages)):
        if hasattr(TargetCollector, name):
            setattr(TargetCollector, name, without(getattr(TargetCollector, name)))
    weasyprint.HTML(sys.argv[1]).write_pdf(sys.argv[2])
    gc.freeze()


if __name__ == "__main__":
    main()
