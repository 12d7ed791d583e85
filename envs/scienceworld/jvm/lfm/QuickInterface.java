package lfm;

import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import scala.Option;
import scala.Some;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.util.Random$;
import scienceworld.environments.EnvironmentMaker$;
import scienceworld.goldagent.RunHistory;
import scienceworld.objects.agent.Agent;
import scienceworld.runtime.AgentInterface;
import scienceworld.struct.EnvObject;
import scienceworld.tasks.Task;
import scienceworld.tasks.TaskMaker1;
import scienceworld.tasks.specifictasks.*;
import util.UniqueIdentifier$;

/**
 * The simulator's own interface, which loads the same without making what nobody uses.
 *
 * <p>At each load the simulator makes the objects of all thirty tasks. Here those of other tasks are
 * made only where they draw random numbers, so that the same ones are left for what comes after.
 */
public final class QuickInterface extends Interface {
    private static final List<Consumer<TaskMaker1>> FAMILIES =
            // In the order in which the simulator registers them.
            List.of(
                    TaskChangeOfState$.MODULE$::registerTasks,
                    TaskElectricCircuit$.MODULE$::registerTasks,
                    TaskElectricalConductivity$.MODULE$::registerTasks,
                    TaskElectricalConductivity2$.MODULE$::registerTasks,
                    TaskFindLivingNonLiving$.MODULE$::registerTasks,
                    TaskGrowPlant$.MODULE$::registerTasks,
                    TaskChemistryMix$.MODULE$::registerTasks,
                    TaskChemistryMixPaint$.MODULE$::registerTasks,
                    TaskLifeSpan$.MODULE$::registerTasks,
                    TaskIdentifyLifeStages1$.MODULE$::registerTasks,
                    TaskIdentifyLifeStages2$.MODULE$::registerTasks,
                    TaskInclinedPlane1$.MODULE$::registerTasks,
                    TaskInclinedPlane2$.MODULE$::registerTasks,
                    TaskInclinedPlane3$.MODULE$::registerTasks,
                    TaskMendelianGenetics1$.MODULE$::registerTasks,
                    TaskMendelianGenetics2$.MODULE$::registerTasks,
                    TaskUseInstrumentThermometer$.MODULE$::registerTasks,
                    TaskUseInstrumentThermometer2$.MODULE$::registerTasks,
                    TaskUseInstrumentThermometer3$.MODULE$::registerTasks);

    private static final Map<String, Integer> FAMILY_OF = new HashMap<>();
    private static final boolean[] DRAWS = new boolean[FAMILIES.size()];
    private static final long[] OBJECTS = new long[FAMILIES.size()];

    private final List<String> names;
    private final Field parser;

    public QuickInterface() throws NoSuchFieldException {
        names = super.getTaskNames();
        parser = AgentInterface.class.getDeclaredField("inputParser");
        parser.setAccessible(true);
        if (FAMILY_OF.isEmpty()) {
            learn();
        }
    }

    /** Find out what each family makes, and whether it draws random numbers. */
    private void learn() {
        long untouched = new Random(0).nextLong();
        for (int family = 0; family < FAMILIES.size(); family++) {
            long before = UniqueIdentifier$.MODULE$.count();
            Random$.MODULE$.setSeed(0);
            taskMaker().tasks().clear();
            FAMILIES.get(family).accept(taskMaker());
            DRAWS[family] = Random$.MODULE$.nextLong() != untouched;
            OBJECTS[family] = UniqueIdentifier$.MODULE$.count() - before;
            Iterator<String> registered = taskMaker().tasks().keysIterator();
            while (registered.hasNext()) {
                FAMILY_OF.put(registered.next(), family);
            }
        }
    }

    /** All of them; the maker of tasks has those of one family. */
    @Override
    public List<String> getTaskNames() {
        return names;
    }

    @Override
    public String load(String name, int variation, String simplifications, boolean gold) {
        String trouble =
                gold || !FAMILY_OF.containsKey(name)
                        ? super.load(name, variation, simplifications, gold)
                        : start(name, variation, simplifications);
        AgentInterface loaded = agentInterface().get();
        try {
            parser.set(loaded, new QuickParser(loaded.actionHandler().getActions()));
        } catch (IllegalAccessException error) {
            throw new IllegalStateException(error);
        }
        return trouble;
    }

    /** PythonInterface.doLoad, for a task that there is. */
    private String start(String name, int variation, String simplifications) {
        taskStr_$eq(name);
        taskVariationIdx_$eq(variation);
        simplificationStr_$eq(simplifications);
        goldActionsStr_$eq(new String[0]);
        UniqueIdentifier$.MODULE$.reset();
        Random$.MODULE$.setSeed(variation);
        register(FAMILY_OF.get(name));
        Random$.MODULE$.setSeed(variation);
        Tuple2<EnvObject, Agent> world =
                EnvironmentMaker$.MODULE$.mkKitchenEnvironment(variation);
        Tuple2<Option<Task>, String> set =
                taskMaker().doTaskSetup(name, variation, world._1(), world._2());
        boolean failed = set._1().isEmpty();
        Task task = failed ? Task.mkUnaccomplishableTask() : set._1().get();
        errorStr_$eq(failed ? "ERROR: Task (" + name + "): " + set._2() : "");
        errorUnknownEnvironment_$eq(false);
        agent_$eq(new Some<>(world._2()));
        agentInterface_$eq(
                new Some<>(new AgentInterface(world._1(), world._2(), task, simplifications)));
        currentHistory_$eq(
                new RunHistory(
                        name,
                        names.indexOf(name),
                        variation,
                        getTaskDescription(),
                        simplifications,
                        RunHistory.$lessinit$greater$default$6()));
        return errorStr();
    }

    /** Make the objects of a family's tasks, with the numbers and by the chance they would have. */
    private void register(int wanted) {
        // What is registered keeps the world alive in which its objects were.
        taskMaker().tasks().clear();
        for (int family = 0; family < FAMILIES.size(); family++) {
            if (family == wanted || (family < wanted && DRAWS[family])) {
                FAMILIES.get(family).accept(taskMaker());
            } else {
                UniqueIdentifier$ numbers = UniqueIdentifier$.MODULE$;
                numbers.count_$eq(numbers.count() + OBJECTS[family]);
            }
        }
    }
}
