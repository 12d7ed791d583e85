"""What kinds of places are called: OpenStreetMap's tags in everyday words.

The words are those that people use in map2seq's training instructions where they differ from the
tag: they say "light" and not "traffic signals", "bike rental" and not "bicycle rental".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

KEYS = (
    "amenity",
    "shop",
    "tourism",
    "leisure",
    "railway",
    "highway",
    "historic",
    "sport",
    "landuse",
    "cuisine",
)
"""Tags that say what a place is; the first that a place has decides."""

_WORDS = {
    "alcohol": "liquor store",
    "arts_centre": "arts center",
    "artwork": "statue",
    "atm": "ATM",
    "attraction": "sight",
    "basin": "pool",
    "beauty": "beauty salon",
    "beverages": "drinks shop",
    "bicycle": "bike shop",
    "bicycle_rental": "bike rental",
    "bicycle_repair_station": "bike repair station",
    "books": "book store",
    "bus_station": "bus station",
    "bus_stop": "bus stop",
    "car": "car dealer",
    "car_sharing": "car rental",
    "cinema": "movie theater",
    "clothes": "clothing store",
    "community_centre": "community center",
    "computer": "computer store",
    "confectionery": "candy store",
    "construction": "construction site",
    "convenience": "convenience store",
    "department_store": "department store",
    "doctors": "doctor's office",
    "drinking_water": "drinking fountain",
    "dry_cleaning": "dry cleaner",
    "electronics": "electronics store",
    "fabric": "fabric store",
    "fitness_centre": "gym",
    "florist": "flower shop",
    "fuel": "gas station",
    "furniture": "furniture store",
    "grave_yard": "cemetery",
    "hairdresser": "hair salon",
    "hardware": "hardware store",
    "ice_cream": "ice cream shop",
    "information": "information board",
    "jewelry": "jewelry store",
    "laundry": "laundromat",
    "mall": "shopping mall",
    "marketplace": "market",
    "parking": "parking lot",
    "pet": "pet store",
    "photo": "photo shop",
    "pitch": "sports field",
    "police": "police station",
    "post_box": "mailbox",
    "retail": "shop",
    "shoes": "shoe store",
    "sports": "sports store",
    "sports_centre": "sports center",
    "station": "subway station",
    "stationery": "stationery store",
    "telephone": "pay phone",
    "theatre": "theater",
    "toilets": "restroom",
    "toys": "toy store",
    "traffic_signals": "traffic light",
    "waste_basket": "trash can",
    "wine": "wine store",
}
"""Everyday words for values of tags; any other value is read as it is written."""

_THEMSELVES = frozenset(
    "bakery boutique chemist deli gallery greengrocer kiosk locksmith market nail_salon newsagent "
    "optician pawnbroker pharmacy tailor travel_agency".split()
)
"""Kinds of shops that are not called shops."""

_SAY_NOTHING = frozenset({"yes", "vacant", "fixme"})

_EATING = {
    "restaurant": ("restaurant", "restaurant"),
    "fast_food": ("fast food restaurant", "place"),
    "cafe": ("cafe", "cafe"),
}
"""What a place to eat is called where the food is not said, and after the food."""

_NATIONS = frozenset(
    "american argentinian asian austrian basque belgian brazilian caribbean chinese cuban "
    "ethiopian french german greek indian indonesian irish italian japanese korean lebanese "
    "mediterranean mexican moroccan peruvian russian spanish swiss thai turkish vietnamese".split()
)

_COURTS = frozenset("american_handball basketball handball racquet tennis volleyball".split())
"""Sports that are played on a court; others are played on a field."""

_CHURCH = re.compile(
    r"\b(church|saints?|st\.?|san|our lady|cathedral|chapel|baptist|lutheran)(?!\w)"
)


def kind(tags: Mapping[str, str]) -> str:
    """What kind of place it is, without an article, e.g. ``"bus stop"``; ``"place"`` if unsaid."""
    for key in KEYS:
        value = tags.get(key, "")
        if value and value not in _SAY_NOTHING:
            return _called(key, value, tags)
    return "shop" if "shop" in tags else "place"


def with_article(words: str) -> str:
    """The words with "a" or "an" in front: ``"an ATM"``, ``"a university"``."""
    vowel = words[:1].lower() in "aeiou" and not words.lower().startswith(("uni", "eur", "uk"))
    return f"{'an' if vowel else 'a'} {words}"


def _called(key: str, value: str, tags: Mapping[str, str]) -> str:
    if key == "amenity" and value in _EATING:
        return _eating(value, tags.get("cuisine", ""))
    if value == "place_of_worship":
        return "church" if _CHURCH.search(tags.get("name", "").lower()) else "place of worship"
    if value == "pitch" and "sport" in tags:
        ground = "court" if tags["sport"] in _COURTS else "field"
        return f"{_readable(tags['sport'])} {ground}"
    if value in _WORDS:
        return _WORDS[value]
    words = _readable(value)
    named = key != "shop" or value in _THEMSELVES or words.endswith(("shop", "store", "market"))
    return words if named else f"{words} shop"


def _eating(value: str, cuisine: str) -> str:
    """A place to eat, by what one eats there if that is said."""
    food = _readable(cuisine)
    alone, after_food = _EATING[value]
    if not food or food in alone:
        return alone
    if food in ("coffee shop", "deli", "diner", "pizzeria", "steak house"):
        return food
    return f"{food.capitalize() if food in _NATIONS else food} {after_food}"


def _readable(value: str) -> str:
    """The first of a tag's values as words."""
    return " ".join(re.split(r"[;,]", value)[0].replace("_", " ").lower().split())
