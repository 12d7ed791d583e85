"""Common English words of four letters and more, for the spelling game."""

from __future__ import annotations

WORDS = """
able about above absent accept acid acorn actor acute admit adopt adult advice afar after again
agent agile agree ahead alarm album alert alien alike alive alley allow alone along aloud alpha
also altar alter amber amend ample angel anger angle angry ankle annoy answer antler apart apple
apply apron arch arena argon argue arise army aroma arrange arrest arrive arrow artist ascent
ashore aside asleep aspect aster atlas atom attic aunt author autumn avoid awake award aware away
awful baby back bacon badge badger bagel bait bake baker balance bald ball ballet balloon bamboo
banana band bandage banjo bank banner bare barge bark barn barrel barren base basic basil basin
basket bath batter battle beach bead beak beam bean bear beard beast beat beaver become beetle
before began begin behind being believe bell belong below belt bench bend beneath berry beside
best better between bicycle biscuit bitter black blade blame blank blanket blast blaze blend bless
blind blink block bloom blossom blue blunt board boast boat body boil bold bolt bone bonnet book
boost boot border bore born borrow both bother bottle bottom bounce bound bowl brain brake branch
brass brave bread break breath breeze brick bride bridge brief bright bring broad broken broom
brother brown brush bubble bucket build bulb bundle burden burn burst bush butter button buyer
cabin cabinet cable cactus cage cake calf calm camel camera camp canal candle canoe canter canvas
canyon capital captain carbon card care career careful cargo carol carpet carriage carrot carry
cart carton carve case cast castle catch cater cattle cause cave cedar ceiling cell cement center
central century cereal certain chain chair chalk chance change channel chant chapel chapter charge
charm chart chase cheap check cheek cheer cheese cherry chest chick chicken chief child chill
chimney choice choose chord chorus cinder circle circus citizen city claim clap class claw clay
clean clear clerk clever cliff climate climb cloak clock close cloth cloud clover club coach coal
coast coat cobra code coffee coil coin cold collar collect college color comb come comet comfort
common compact company compare compass complain complete concert contact contain content contest
control cook cool copper coral core corn corner correct cost costume cotton couch council count
country couple courage course court cousin cover crab crack cradle craft crane crash crate crater
crayon cream create creature credit creek crew cricket crisp crop cross crowd crown cruel crumb
crust crystal cube culture cure curious curl current curtain curve cushion custom cycle dairy
daisy dance danger daring dark dart dawn deal dear debate decade decent decide declare decline
deep deer defend degree delay delight deliver demand dense dental depart depend depth derive
desert design desk dessert detail detect develop device dial diamond diary differ digit dignity
dilate dinner direct dirt disagree discover dish distant ditch dive divide doctor dollar dolphin
domain donate donkey donor door double doubt dough dove down draft dragon drain drama draw drawer
dream dress drift drill drink drive driver drop drum duck dull during dusk dust duty dwell each
eager eagle early earn earth ease east easy eaten echo edge edit educate effort eight either elbow
elder elect elegant element elephant eleven else ember emerge empire empty enable endure enemy
energy engage engine enjoy enormous enough enrage entail enter entire entry envelope equal erase
errand escape essay estate eternal even evening event ever every evil exact exam example excite
exhale exist expand expect expert explain explore express extend extra eyelid fable fabric face
fact factor factory fade fail faint fair fairy faith falcon fall false fame family famous fancy
farm farmer fast father fatigue fault favor fear feast feather feed feel fellow felt female fence
fern ferry festival fever field fierce fifth fifty fight figure file fill film final find fine
finger finish fire firm first fish five flag flame flap flash flat flavor fleet flesh flight float
flock flood floor flour flow flower fluid flute foam focus foil fold follow food foot forbid force
foreign forest forever forget fork form formal fort fortune forty forum forward fossil found
fountain four fragile frame free freedom freeze fresh friend frog front frost frozen fruit fuel
full funnel furnace future gain galaxy gallery gallon game garage garden garlic garment gate
gather gauge gear general gentle genuine giant gift ginger give glad glance glass glide globe
gloom glory glove glow glue goal goat goblet gold golden good goose gown grace grade grain grand
grange grant grape graph grasp grass grateful gravel gravity gray great green greet grey grid
grill grin grind grip groan groove ground group grove grow growth guard guess guest guide guitar
gulf habit hail hair half hall halt hammer hand handle hang happen happy harbor hard harm harness
harp harvest haste hatch haul have hawk hazel head heal health hear heart heat heaven heavy hedge
heel height helmet help herb herd here hero hide high hill hinge hint hire history hobby hold hole
holiday hollow home honest honey hood hoof hook hope horizon horn horse hose hotel hound hour
house hover human humble humor hundred hunger hunt hunter hurdle hurry husband idea ideal idle
image imagine impact imply improve inch include income increase indeed indoor infant inform inhale
injure inland inlet inner insect inside insist inspect instant instead intend interval into invent
invite inward iron island issue item itself ivory jacket jade jaguar jail jeans jelly jewel join
joke journal journey judge juggle juice jump junior jury just justice keen keep kernel kettle
keyboard kick kind kindle king kingdom kiss kitchen kite kitten knee kneel knife knight knit knob
knock knot know label labor lace ladder lady lake lamb lamp land lane lantern large laser last
late latent later lattice laugh launch laundry lava lawn layer lead leader leaf lean leap learn
learner learnt least leather leave ledge left legal legend leisure lemon lend length lens less
lesson letter level lever liberty library life lift light like lily limb lime limit line linen
link lion liquid list listen liter little live lively liver lizard load loaf loan loaner local
lock lodge lonely long look loop loose lord lose loss lost lotion loud lounge love loyal lucky
lumber lunar lunch lung lyric machine magic magnet magpie mail main major make male manage mango
manner manor mantle many maple marble march margin marine mark market marsh mask mason mass master
match mate material math matter mature mayor maze meadow meal mean meaning measure meat medal
median medical meet mellow melody melon melt member memory mend mental mention menu merchant mercy
merge merit mermaid merry mess message metal meteor meter method middle might mild mile milk mill
mimic mind mine mineral minor mint minute mirror mischief miss mist mitten mixture moan mobile
model modern modest moist moment money monitor monkey month mood moon moral more morning moss most
moth mother motion motor mount mouse mouth move movement movie much mule muscle museum music
mustard mutual mystery nail name narrow nation native natural nature near nearer neat neck nectar
need needle neglect neighbor neon nephew nerve nest neutral never next nice night nine noble noise
none noon normal north nose note nothing notice novel nuclear nudge number nurse oath oatmeal obey
object oblige observe obtain obvious ocean octagon odor offer office often olive omelet once onion
only onto open opera opinion oppose option orange orbit orchard order ordinary organ orient origin
orphan other otter ounce outer outfit outline oval oven over owner oxygen oyster pace pack package
paddle page paint painter pair palace pale palm panel panic pants paper parade parcel pardon
parent park parrot part partner party pass past pasta paste pastel patch path patient pattern
pause pave peace peach peak pear pearl pebble pedal peel pelican pencil penny people pepper
perfect perform perhaps period permit person petal phone photo phrase piano pick picnic picture
piece pigeon pile pilgrim pill pillar pillow pilot pine pink pint pioneer pipe pirate pitch place
plain plan plane planet plank plant planter plaster plastic plate platform play player plea
pleasant please plenty plot plow pluck plug plum plunge plural poem poet point poison polar pole
polite pond pony pool poor popular porch portion portrait post potato potter pound pour powder
power praise pray prefer prepare present press pretend pretty prevent price pride priest prince
print prison prize problem process produce profit program project promise proof proper protect
proud prove provide public pulse pump pumpkin punch pupil puppet pure purple purpose purse push
puzzle pyramid quaint quality quarter queen quest question quick quiet quilt quit quite quiver
quote rabbit race raced radar radio radish raft rage rail rain raise rake ramp ranch random range
ranger rapid rare rate rather rattle raven reach react read reader ready real realm reap rear
reason rebel recall receive recent recipe record recover reduce reed reef refer reflect refuse
regard region regret regular reign relate relax release relic relief remain remark remedy remember
remind remote remove render rent rental repair repeat replace reply report request rescue resist
respect rest result retail retain retire return reveal review reward rhyme rhythm ribbon rice rich
riddle ride ridge right rigid ring rinse ripe rise risk ritual rival river road roan roar roast
robe robin robot rock rocket rode role roll roof room root rope rose rotate rotten rough round
route royal rubber rude ruin rule ruler rumor rural rush rust sack sacred saddle safe sage said
sail sailor saint salad salmon salt salute same sample sand sandal satin sauce save scale scar
scarce scarf scatter scene scent school science scold score scout scrap scream screen script seal
search season seat second secret section secure seed seek seem select sell senate send senior
sense sentence serene series serious serve settle seven several severe shade shadow shake shallow
shame shape share shark sharp shed sheep sheet shelf shell shelter shield shift shine ship shirt
shiver shock shoe shoot shop shore short shoulder shout shovel show shower shrimp shrink shrub
sick side siege sigh sight sign signal silence silent silk silly silver similar simple since sing
single sink siren sister site size sketch skill skin skirt skull slate sled sleep sleeve slender
slice slide slight slim slip slope slow small smart smell smile smoke smooth snack snail snake
snow soap soar social sock soft soil solar sold soldier sole solid solve some song soon sore sort
soul sound soup sour south space spade spare spark sparrow speak spear special speech speed spell
spend sphere spice spider spike spill spin spine spiral spirit splash split spoil sponge spoon
sport spot spray spread spring sprout square squash squeeze stable stack staff stage stain stair
stake stale stamp stand star stare start state static station statue stay steady steal steam steel
steep stem step stern stick stiff still sting stir stitch stock stone stool stop store storm story
stove straight strain strange stranger strap straw stream street strength stretch strict string
strip stripe stroll strong student study stuff style subject submit sudden suffer sugar suggest
suit sultan summer summit sunny sunrise supper supply support sure surface surge surprise survey
sustain swallow swamp swan swarm sweat sweep sweet swift swim swing sword symbol syrup system
table tablet tack tail tailed tailor take tale talent talk tall tame tank tape target tart task
taste teach teacher team tear tease teller temper temple tend tender tennis tense tent term
terrace test text thank that thaw theater theme then theory there thick thief thimble thing think
third thirst thirty this thorn thought thread three throat throne through throw thumb thunder
ticket tidal tide tidy tiger tight tile till timber time tiny tire title toast today toddler token
told tomato tomb tone tongue tool tooth topic torch tornado tortoise total touch tough tour toward
towel tower town trace track trade trail train trait tranquil transfer trap travel tray treasure
treat treaty tree tremble trend trial tribe trick trip triple triumph trolley troop trophy trot
trouble trousers trout truck true trumpet trunk trust truth tube tulip tuna tune tunnel turkey
turn turnip turtle tutor twelve twenty twice twig twin twist type ugly ultra umbrella uncle under
unfold uniform union unique unit unite universe unknown unless until upper upset upward urban urge
usage useful usual utter vague vain valid valley value valve vanilla vanish vapor variety vase
vast vault veil vein velvet vent venture verb verse very vessel veteran viable victim victory
video view village vine violet violin virtue visit vital vivid vocal voice void volcano volume
vote vowel voyage wade wage wagon wait wake walk wall wallet walnut walrus wander want warm warmth
warn wash waste watch water wave weak wealth weapon wear weary weasel weather weave wedding wedge
weed week weigh weight weird welcome well west whale wheat wheel when where whether while whip
whisper whistle white whole wide widow width wife wild will willow wind window wine wing winner
winter wipe wire wisdom wise wish with within without wizard wolf woman wonder wood wooden wool
word work world worm worry worth would wound wrap wreath wreck wrist write writer wrong yard yarn
yawn year yearn yeast yellow yesterday yield yogurt young youth zebra zero zigzag zinc zone zoom
""".split()
"""In alphabetical order. Whoever wants more names a file of words."""
