package lfm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import language.model.ActionRequestDef;
import scala.Option;
import scala.Tuple2;
import scala.Tuple4;
import scala.collection.Iterator;
import scienceworld.actions.Action;
import scienceworld.input.InputParser;
import scienceworld.objects.agent.Agent;
import scienceworld.objects.portal.Portal;
import scienceworld.struct.EnvObject;
import scienceworld.tasks.goals.GoalSequence;
import scienceworld.tasks.goals.ObjMonitor;

/**
 * The simulator's own parser, which understands the same without looking at everything.
 *
 * <p>The parser writes out all names of all objects in reach, with those of what they are in, once
 * for each place of each form of each action that may hold an object, and gathers the objects of
 * the whole world for every sentence, although only teleporting asks for them. Here an object's
 * names are written out only if the sentence goes on with the first word of one, and a part of the
 * sentence is looked up once.
 */
public final class QuickParser extends InputParser {
    private final boolean everywhere;
    /** By the objects' numbers: their hashes may all be equal, to make the simulator repeatable. */
    private final Map<Long, String[]> firstWords = new HashMap<>();

    private final Map<String, Tuple2<Object, Tuple2<String, EnvObject>[]>> found = new HashMap<>();
    private EnvObject[] among;

    public QuickParser(ActionRequestDef[] actions) {
        super(actions);
        everywhere = Arrays.stream(actions).anyMatch(ActionRequestDef::isOracleAction);
    }

    @Override
    public Tuple4<Object, String, String, Option<Action>> parse(
            String said,
            EnvObject here,
            EnvObject universe,
            Agent agent,
            ObjMonitor monitor,
            GoalSequence goals,
            EnvObject perspective) {
        // Names change with what happens to things.
        firstWords.clear();
        among = null;
        // Not an empty object: to make one would shift the numbers of those that come.
        EnvObject reached = everywhere ? universe : agent;
        return super.parse(said, here, reached, agent, monitor, goals, perspective);
    }

    /** What the beginning of a sentence may mean, each with the rest of the sentence. */
    @Override
    public Tuple2<Object, Tuple2<String, EnvObject>[]> matchObj(
            String said, EnvObject[] objects, EnvObject perspective) {
        if (objects != among) {
            found.clear();
            among = objects;
        }
        return found.computeIfAbsent(said, key -> meant(key, objects, perspective));
    }

    private Tuple2<Object, Tuple2<String, EnvObject>[]> meant(
            String said, EnvObject[] objects, EnvObject perspective) {
        List<Tuple2<String, EnvObject>> matches = new ArrayList<>();
        for (EnvObject each : objects) {
            if (mayBeMeant(said, each, perspective)) {
                for (String name : InputParser.getObjectReferents(each, perspective)) {
                    if (said.startsWith(name)) {
                        matches.add(new Tuple2<>(said.substring(name.length()).trim(), each));
                    }
                }
            }
        }
        @SuppressWarnings({"unchecked", "rawtypes"})
        Tuple2<String, EnvObject>[] array = matches.toArray(new Tuple2[0]);
        return new Tuple2<>(array.length > 0, array);
    }

    private boolean mayBeMeant(String said, EnvObject each, EnvObject perspective) {
        String[] words =
                firstWords.computeIfAbsent(each.uuid(), key -> firstWords(each, perspective));
        return Arrays.stream(words).anyMatch(said::startsWith);
    }

    /** The first words of an object's names; what they say of where it is comes after them. */
    private static String[] firstWords(EnvObject object, EnvObject perspective) {
        List<String> words = new ArrayList<>();
        Iterator<String> names =
                (object instanceof Portal
                                ? ((Portal) object).getReferents(perspective)
                                : object.getReferents())
                        .iterator();
        while (names.hasNext()) {
            words.add(firstWord(names.next()));
        }
        return words.toArray(new String[0]);
    }

    private static String firstWord(String name) {
        for (String word : name.toLowerCase().trim().split("\\s+")) {
            if (!word.equals("a") && !word.equals("an") && !word.equals("the")) {
                return word;
            }
        }
        return "";
    }
}
