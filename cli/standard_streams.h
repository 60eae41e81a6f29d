/* Standard input, output and error of the program, as a whole: the one place that judges whether what was printed got
 * out. Commands print and go on; those that could print for long may stop at the first failure, without a word. */
#ifndef ONLOOKER_CLI_STANDARD_STREAMS_H
#define ONLOOKER_CLI_STANDARD_STREAMS_H

/* Takes the place of those that are closed, so that no file that is opened later gets their number and what is
 * printed: writing there fails. Before anything else is opened. */
void standard_streams_hold(void);

/* What the program ends with: `status`, or 1 and a line on standard error when standard output did not take all. */
int standard_streams_end(int status);

#endif
