/* The command `onlooker orchestrate`. */
#ifndef ONLOOKER_CLI_CMD_ORCHESTRATE_H
#define ONLOOKER_CLI_CMD_ORCHESTRATE_H

/* argv[0] is the command's name. Returns the exit status. */
int cmd_orchestrate(int argc, char **argv);

#endif
