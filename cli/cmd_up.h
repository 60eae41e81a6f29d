/* The command `onlooker up`. */
#ifndef ONLOOKER_CLI_CMD_UP_H
#define ONLOOKER_CLI_CMD_UP_H

/* argv[0] is the command's name. Returns the exit status. */
int cmd_up(int argc, char **argv);

#endif
