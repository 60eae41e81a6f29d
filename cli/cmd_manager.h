/* The command `onlooker manager`. */
#ifndef ONLOOKER_CLI_CMD_MANAGER_H
#define ONLOOKER_CLI_CMD_MANAGER_H

/* argv[0] is the command's name. Returns the exit status. */
int cmd_manager(int argc, char **argv);

#endif
