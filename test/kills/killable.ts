/** The program that is killed: an engine of a home, and what goes through its network. */
import './countWire';
import '../support/engineProcess';
