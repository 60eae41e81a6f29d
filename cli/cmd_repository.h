/* The command `onlooker repository`. */
#ifndef ONLOOKER_CLI_CMD_REPOSITORY_H
#define ONLOOKER_CLI_CMD_REPOSITORY_H

/* argv[0] is the command's name. Returns the exit status. */
int cmd_repository(int argc, char **argv);

#endif
