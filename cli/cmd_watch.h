/* `onlooker watch`: follows assertions live from a publisher or a fabric.
 * argv[0] is "watch". Returns the exit status: 3 when messages were missed. */
#ifndef ONLOOKER_CLI_CMD_WATCH_H
#define ONLOOKER_CLI_CMD_WATCH_H

int cmd_watch(int argc, char **argv);

#endif
