/* The command `onlooker fabric`. */
#ifndef ONLOOKER_CLI_CMD_FABRIC_H
#define ONLOOKER_CLI_CMD_FABRIC_H

/* argv[0] is the command's name. Returns the exit status. */
int cmd_fabric(int argc, char **argv);

#endif
