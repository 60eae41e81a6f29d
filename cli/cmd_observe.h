/* `onlooker observe`: the collector. Control thread. */
#ifndef ONLOOKER_CLI_CMD_OBSERVE_H
#define ONLOOKER_CLI_CMD_OBSERVE_H

/* argv[0] is "observe". Returns the exit status of the contract: 0 done, 1 failed while running, 2 usage or
 * configuration, 3 done but not whole. */
int cmd_observe(int argc, char **argv);

/* The same in a process whose fabric is reached over inproc, by this context. */
struct socket_context;
int cmd_observe_within(int argc, char **argv, struct socket_context *fabric_context);

#endif
