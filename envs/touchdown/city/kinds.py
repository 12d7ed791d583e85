"""Kinds of places in a made-up city: their tags, what people call them, and made-up names.

Tags are OpenStreetMap's, so that whatever reads the real places reads these. How often a kind
occurs follows the real places along Touchdown's streets roughly. Names are invented.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of place.

    Attributes:
        key: OpenStreetMap's key, e.g. ``amenity``.
        value: and its value, e.g. ``cafe``; no two kinds have the same.
        nouns: what people call it; the first is what observations call it.
        along: how often it occurs along a block.
        corner: how often it occurs at a corner.
        unnamed: share that has no name.
        names: patterns of names; a word in braces is one of :data:`WORDS`.
        chains: names that several places have.
    """

    key: str
    value: str
    nouns: tuple[str, ...]
    along: int
    corner: int
    unnamed: float
    names: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()


SIGNALS = "traffic_signals"
PARK = "park"

_TABLE = """
amenity/restaurant      | restaurant, eatery              | 14 | 10 | .05
amenity/cafe            | cafe, coffee shop, coffee house |  9 | 12 | .06
amenity/fast_food       | fast food restaurant, takeout place|  6 |  7 | .06
amenity/bar             | bar, cocktail bar               |  5 |  5 | .05
amenity/pub             | pub, tavern                     |  3 |  4 | .05
amenity/bank            | bank, bank branch               |  3 | 10 | .08
amenity/pharmacy        | pharmacy, drugstore             |  2 |  8 | .12
tourism/hotel           | hotel                           |  5 |  3 | 0
shop/clothes            | clothing store, clothes shop|  6 |  4 | .08
shop/shoes              | shoe store, shoe shop           |  2 |  1 | .05
shop/books              | book store, bookshop|  2 |  2 | .05
shop/bakery             | bakery                          |  3 |  3 | .08
shop/supermarket        | supermarket, grocery store      |  2 |  4 | .05
shop/convenience        | convenience store, minimart     |  3 |  5 | .15
shop/deli               | deli, delicatessen              |  2 |  4 | .12
amenity/place_of_worship| church                          |  4 |  2 | 0
amenity/school          | school                          |  3 |  1 | .05
amenity/theatre         | theater, playhouse              |  2 |  1 | 0
amenity/library         | library                         |  1 |  1 | .1
tourism/museum          | museum                          |  1 |  1 | 0
tourism/gallery         | gallery, art gallery|  2 |  0 | .05
amenity/post_office     | post office                     |  1 |  1 | .6
shop/hairdresser        | hair salon, hairdresser         |  4 |  1 | .15
shop/florist            | flower shop, florist            |  2 |  1 | .15
shop/dry_cleaning       | dry cleaner                     |  3 |  1 | .25
shop/laundry            | laundromat                      |  2 |  1 | .4
amenity/cinema          | movie theater, cinema                        |  1 |  1 | 0
amenity/fire_station    | fire station, firehouse         |  1 |  0 | .3
amenity/hospital        | hospital                        |  1 |  1 | 0
shop/toys               | toy store, toy shop             |  1 |  1 | .05
shop/jewelry            | jewelry store, jeweler          |  2 |  1 | .1
shop/bicycle            | bike shop, bicycle store        |  1 |  1 | .05
shop/hardware           | hardware store                  |  2 |  1 | .1
shop/alcohol            | liquor store, wine shop         |  2 |  2 | .15
shop/gift               | gift shop, souvenir shop        |  2 |  1 | .15
shop/mobile_phone       | mobile phone shop, phone store|  1 |  2 | .05
leisure/fitness_centre  | gym, fitness center             |  2 |  2 | .05
amenity/ice_cream       | ice cream shop, ice cream parlor|  1 |  1 | .1
shop/optician           | optician, eyewear store         |  1 |  1 | .1
leisure/playground      | playground                      |  2 |  1 | .5
amenity/parking         | parking lot, parking area       |  6 |  1 | 1
highway/bus_stop        | bus stop                        | 14 |  2 | 1
railway/subway_entrance | subway entrance, metro entrance |  2 | 10 | 1
amenity/bicycle_rental  | bike rental, bike share station | 10 |  2 | 1
amenity/post_box        | mailbox, post box               |  3 |  3 | 1
amenity/atm             | ATM, cash machine               |  2 |  1 | 1
amenity/fountain        | fountain                        |  1 |  1 | 1
leisure/garden          | garden, community garden        |  3 |  1 | 1
leisure/pitch           | sports field, playing field|  3 |  0 | 1
amenity/telephone       | pay phone, phone booth|  1 |  1 | 1
leisure/park            | park, green space|  0 |  0 | .4
"""

_NAMES = {
    "restaurant": """{owner}'s Table; The {color} {animal}; {owner} & {owner}; {region} Kitchen;
        {dish} House; Little {region}; {owner}'s Grill; The {thing} and {thing}; Trattoria {owner};
        {region} Garden; {place} Grill""",
    "cafe": """{owner}'s Coffee; The {color} Cup; Cafe {owner}; {place} Roasters; {thing} Espresso;
        Cafe {region}; The {adjective} Bean; {animal} Coffee Bar""",
    "fast_food": """{owner}'s Burgers; {dish} Express; {adjective} {dish}; {region} Chicken;
        {owner}'s Pizza; {dish} Corner""",
    "bar": """Bar {owner}; The {adjective} {animal}; The {thing} Room; {color} Lounge;
        {owner}'s Bar; {place} Taproom""",
    "pub": """The {color} {animal}; The {animal} and {thing}; {owner}'s Alehouse; The {thing} Inn;
        {place} Arms""",
    "bank": """{place} Savings; {owner} Trust; Bank of {region}; {place} Credit Union""",
    "pharmacy": """{owner} Pharmacy; {place} Apothecary; {owner} Drugs; {adjective} Chemists""",
    "hotel": """Hotel {owner}; The {place} Hotel; {place} Suites; The {owner}; Hotel {region};
        {color} {thing} Hotel""",
    "clothes": """{owner} & Sons; {owner} Fashion; {color} Thread; {adjective} Denim;
        {owner} Studio; The {adjective} Closet; {region} Style""",
    "shoes": """{owner} Shoes; {adjective} Soles; {place} Boots""",
    "books": """{owner} Books; The {adjective} Page; {place} Bookshop; {animal} Books""",
    "bakery": """{owner}'s Bakery; {place} Bread; Patisserie {owner}; The {adjective} Loaf""",
    "supermarket": """{place} Market; {owner} Foods; {adjective} Grocers""",
    "convenience": """{place} Mini Mart; {owner} Convenience; {adjective} Corner Shop""",
    "deli": """{owner}'s Deli; {place} Gourmet; {owner} Brothers; {region} Deli""",
    "place_of_worship": """Saint {saint} Church; {place} Chapel; Church of Saint {saint};
        {adjective} Hope Church; Saint {saint} Cathedral""",
    "school": """{owner} School; {place} Academy; {owner} High School; {place} Elementary""",
    "theatre": """{owner} Theatre; The {place} Playhouse; {color} {thing} Theatre; {place} Stage""",
    "library": """{place} Library; {owner} Reading Room; {owner} Memorial Library""",
    "museum": """{place} Museum; Museum of {thing}s; {owner} Museum""",
    "gallery": """{owner} Gallery; {color} Wall; {owner} Fine Art; Gallery {region}""",
    "post_office": """{place} Post Office; {owner} Station Post Office""",
    "hairdresser": """{owner} Hair; {adjective} Cuts; Salon {owner}; {adjective} Scissors""",
    "florist": """{owner} Flowers; {color} Petals; {place} Florist""",
    "dry_cleaning": """{owner} Cleaners; {adjective} Cleaners; {place} Garment Care""",
    "laundry": """{place} Laundry; {adjective} Wash; {owner} Laundromat""",
    "cinema": """{place} Cinema; The {owner} Pictures; {color} Screen""",
    "fire_station": """Engine Company {number}; Ladder Company {number}""",
    "hospital": """Saint {saint} Hospital; {owner} Clinic; {place} Medical Center""",
    "toys": """{adjective} Toys; {animal} Toy Box; {owner} Toys""",
    "jewelry": """{owner} Jewelers; {color} Diamond; {owner} Gems""",
    "bicycle": """{place} Cycles; {owner} Bikes; {adjective} Wheels""",
    "hardware": """{owner} Hardware; {place} Tools; {owner} Paint""",
    "alcohol": """{place} Wines; {owner} Spirits; {color} Bottle; {owner} Liquors""",
    "gift": """{place} Gifts; {adjective} Things; {owner} Cards""",
    "mobile_phone": """{owner} Wireless; {adjective} Phones; {place} Mobile""",
    "fitness_centre": """{place} Fitness; {adjective} Gym; {owner} Boxing; {color} Yoga""",
    "ice_cream": """{owner}'s Gelato; {adjective} Scoop; {color} Cone""",
    "optician": """{owner} Optics; {adjective} Eyes; {place} Vision""",
    "playground": """{owner} Playground; {place} Playground""",
    "park": """{owner} Park; {place} Park; {owner} Square; {place} Gardens""",
}

_CHAINS = {
    "cafe": "Copperpot Coffee; Daily Drip; Maple & Milk",
    "fast_food": "Burger Depot; Taco Comet; Slice Stop; Wok Rocket",
    "bank": "Harborline Bank; First Meridian; Oakmont Bank; Union Crest",
    "pharmacy": "Wellbrook; Quincy Drug; CarePoint",
    "clothes": "Fold & Hem; Northway Apparel",
    "supermarket": "Greenbasket; Fairmart",
    "convenience": "Quick Nine; Night Owl Mart",
    "hotel": "Pinecrest Inn",
    "mobile_phone": "Signal Five; TeleHub",
    "fitness_centre": "Ironworks Gym",
    "bakery": "Golden Crumb",
    "shoes": "Left & Right",
    "deli": "Pickle Barrel",
    "ice_cream": "Polar Scoops",
}

WORDS: dict[str, tuple[str, ...]] = {
    slot: tuple(words.split())
    for slot, words in {
        "owner": """Abbott Acosta Alder Amato Baptiste Barlow Becker Bellini Benitez Blum Brandt
            Briggs Calloway Cardona Castle Chandler Cho Conti Cortez Dalton Delgado Dimitri Doyle
            Drummond Ellis Esposito Farrell Ferrara Fitch Fontaine Gallo Garza Gibbs Goldman Greer
            Hadley Haddad Halloran Hobbs Holt Ibarra Ivanov Jarvis Jensen Kaplan Keller Kim Kowalski
            Lambert Landry Leone Lindqvist Lombard Madden Marlow Mendez Mercer Molina Nakamura
            Navarro Nguyen Novak Oakes Okafor Olsen Ortega Parker Patel Pavlov Quigley Quinn Ramos
            Reyes Rinaldi Rosario Russo Sato Schneider Serrano Silva Sorensen Sutton Tanaka Thorne
            Toledo Ulrich Valdez Varga Vega Wexler Whitlock Winslow Yates Yilmaz Zamora Zeller
            Adler Albright Andersson Appleby Arroyo Atwood Avery Ballard Banerjee Barrett Beckett
            Bishop Blackwood Bonner Bosch Bruno Burke Byrne Callahan Carver Cassidy Chavez Clarke
            Coleman Crowley Cruz Dawson Devlin Diaz Dubois Duval Eklund Emerson Espinoza Fallon
            Fischer Fleming Fuentes Galvez Garrett Giordano Graves Hale Hansen Harlow Hayashi Hirsch
            Horvat Hughes Ito Jansen Kane Keating Kessler Klein Kovac Laurent Levine Lozano Lucero
            Maddox Marino Maxwell McBride Meyer Moretti Munoz Murphy Nielsen Norris Nunez Orozco
            Osborne Paige Palmer Pereira Petrov Pruitt Rafferty Ricci Rivera Rosen Salazar Santoro
            Sheridan Simone Slater Solano Stark Stein Tadesse Tierney Torres Vance Weber Zhou""",
        "place": """Ashbury Beacon Birchwood Bridgeport Brookside Canal Cedar Chestnut Cliffside
            Clover Crescent Dockside Eastgate Elmwood Fairview Ferry Foxhill Glenwood Greenfield
            Harbor Hawthorn Highland Hillcrest Hudson Ivy Juniper Kingsway Lakeview Linden Lowell
            Maplewood Meadow Midtown Millbrook Northgate Oldfield Orchard Parkside Pierpoint
            Quarry Ridgeway Riverside Rosewood Sandhill Seaview Southgate Springfield Stonebridge
            Sycamore Terrace Uptown Valley Waterfront Westgate Wharf Whitestone Willow
            Windsor Woodlawn Yardley
            Alameda Arcadia Aspen Bayview Bellmont Briarwood Broadmoor Cobblestone Dogwood Edgewater
            Fieldstone Garfield Granite Greenwich Grove Hamilton Hazel Heritage Ironbridge Jefferson
            Laurel Liberty Lincoln Longmeadow Magnolia Marina Monroe Newport Oakdale Palisade
            Pinehurst Pleasant Prospect Redwood Rockaway Roosevelt Sheffield Silverlake Spruce
            Summit Thornhill Trinity Union Vernon Victory Walnut Washington""",
        "color": """Amber Black Blue Bronze Copper Coral Crimson Emerald Golden Gray Green Indigo
            Ivory Jade Orange Pearl Pink Purple Red Ruby Scarlet Silver Violet White Yellow""",
        "animal": """Badger Bear Beaver Crane Crow Deer Dolphin Eagle Elephant Falcon Finch Fox
            Goose Hare Hawk Heron Horse Lion Lynx Magpie Moose Otter Owl Peacock Pelican Rabbit
            Raven Salmon Sparrow Stag Swan Tiger Turtle Whale Wolf""",
        "thing": """Anchor Arrow Barrel Basket Bell Blade Bottle Candle Clock Compass Crown Feather
            Fiddle Hammer Kettle Key Ladder Lamp Lantern Mirror Needle Oven Plough Quill Ribbon
            Rope Saddle Shell Spoon Teapot Thimble Trumpet Wagon Wheel""",
        "adjective": """Ancient Brave Bright Busy Clever Curious Daring Early Fancy Fresh Gentle
            Grand Happy Honest Humble Jolly Late Lazy Lucky Merry Mighty Modern Noble Patient
            Perfect Proud Quiet Rapid Royal Shiny Simple Smart Speedy Steady Sunny Swift Tidy
            Velvet Warm Wild""",
        "region": """Alpine Andes Anatolia Bavaria Bengal Bombay Burgundy Cairo Calabria Canton
            Caribbean Catalan Danube Damascus Galicia Havana Kyoto Lima Lisbon Madeira Malay
            Marrakesh Mekong Milano Naples Nordic Oaxaca Odessa Osaka Persia Provence Punjab
            Saigon Seoul Sichuan Sicily Tehran Tuscan Verona Yucatan""",
        "dish": """Bagel Barbecue Burrito Chowder Couscous Crepe Curry Dumpling Falafel Gumbo Hummus
            Kebab Lasagna Lobster Meatball Noodle Oyster Paella Pancake Pasta Pretzel Ramen Risotto
            Salad Sushi Taco Tapas Waffle""",
        "saint": """Agatha Agnes Ambrose Anselm Barbara Bernard Brendan Cecilia Clement Columba
            Dominic Dunstan Edmund Felix Gabriel Gregory Helena Hilda Jerome Leo Lucy Martin
            Monica Nicholas Oswald Ursula Vincent Winifred""",
        "number": " ".join(str(number) for number in range(3, 83)),
    }.items()
}


def _read(row: str) -> Kind:
    tag, nouns, along, corner, unnamed = (field.strip() for field in row.split("|"))
    key, value = tag.split("/")
    return Kind(
        key,
        value,
        tuple(noun.strip() for noun in nouns.split(",")),
        int(along),
        int(corner),
        float(unnamed),
        _listed(_NAMES.get(value, "")),
        _listed(_CHAINS.get(value, "")),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(" ".join(each.split()) for each in text.split(";") if each.strip())


KINDS: dict[str, Kind] = {kind.value: kind for kind in map(_read, _TABLE.strip().splitlines())}
"""All kinds but traffic signals, by value."""

MEANT_BY: dict[str, frozenset[str]] = {
    kind.value: frozenset(
        noun
        for other in KINDS.values()
        for noun in other.nouns
        if any(f" {own}".endswith(f" {noun}") for own in kind.nouns)
    )
    for kind in KINDS.values()
}
"""Kind -> all nouns that can mean a place of it: a fast food restaurant is a restaurant, too."""
