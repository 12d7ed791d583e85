package lfm;

import scienceworld.runtime.pythonapi.PythonInterface;

/** The simulator's own interface, asked less often: an exchange with Python takes its time. */
public class Interface extends PythonInterface {
    /** Between the parts of an answer; no text of the simulator has it. */
    private static final String BETWEEN = "\u001f";

    /** Do something: the reply, the score and whether all is over, as Scala writes the three. */
    public String act(String action) {
        return agentInterface().get().step(action).toString();
    }

    /** What is in sight, what is carried, and the count of time: none of it takes time. */
    public String sights() {
        return String.join(
                BETWEEN, freeActionLook(), freeActionInventory(), getNumMoves().toString());
    }
}
