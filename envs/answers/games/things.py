"""A small ontology for taboo: things, and six words that each is known by."""

from __future__ import annotations

_TABLE = """
kettle: boils water tea steam kitchen metal
candle: wax flame light birthday wick melts
umbrella: rain dry folds handle cloth weather
bicycle: wheels pedals rides chain road handle
river: water flows fish bridge long valley
mountain: high climb snow peak rock valley
bread: baker flour oven loaf eat breakfast
coffee: bean drink black morning cup breakfast
library: books quiet borrow read shelves building
school: teacher children learn books building bell
hospital: doctor nurse sick beds building medicine
dog: barks animal tail pet bone loyal
cat: purrs animal tail pet mouse whiskers
horse: gallops animal tail farm rides saddle
cow: milk animal farm grass horns leather
bee: honey flies sting flower hive insect
butterfly: wings flies flower insect colourful caterpillar
eagle: wings flies hunts nest feathers high
penguin: swims feathers ice cold black egg
shark: swims fish teeth sea hunts fin
whale: swims sea huge animal breathes song
tree: leaves wood trunk grows tall shade
rose: flower thorn red garden smells petals
apple: fruit red eat tree juice pie
lemon: fruit yellow sour juice tree slices
piano: keys music black plays wood strings
guitar: strings music plays wood neck songs
drum: beat music loud sticks plays skin
clock: time hands wall ticks alarm round
mirror: glass reflects face bathroom wall silver
window: glass light wall house curtain open
door: open handle house wood key bell
bridge: river crosses cars steel long road
train: rails station wheels long travel ticket
boat: water sails sea fish wood travel
plane: wings flies travel ticket pilot sky
moon: night sky round silver light tides
sun: day sky yellow hot light shines
snow: cold white winter falls flakes soft
fire: hot flame burns smoke wood red
book: read pages paper words cover story
letter: paper envelope stamp words post write
pencil: write wood grey paper sharp draw
football: ball goal team kick field game
chess: game board king queen black think
shoe: foot leather laces walk pair sole
hat: head wear brim wool shade felt
bed: sleep pillow night soft room blanket
"""
THINGS: dict[str, tuple[str, ...]] = {
    name: tuple(words.split())
    for name, _, words in (line.partition(":") for line in _TABLE.strip().splitlines())
}
"""Thing -> the words that it is known by."""
VOCABULARY = tuple(sorted({word for words in THINGS.values() for word in words}))
"""All words that any is known by."""
