/* The command `onlooker keys`. */
#ifndef ONLOOKER_CLI_CMD_KEYS_H
#define ONLOOKER_CLI_CMD_KEYS_H

/* argv[0] is the command's name. Returns the exit status. */
int cmd_keys(int argc, char **argv);

#endif
