/* `onlooker inventory`: endpoints of a repository: list, show ENDPOINT, history ENDPOINT.
 * argv[0] is "inventory". Returns the exit status. */
#ifndef ONLOOKER_CLI_CMD_INVENTORY_H
#define ONLOOKER_CLI_CMD_INVENTORY_H

int cmd_inventory(int argc, char **argv);

#endif
