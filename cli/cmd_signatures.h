/* `onlooker signatures`: list, test and explain what values mean.
 *
 * argv[0] is "signatures". Returns the exit status: 0, 1 when a test failed, 2 for usage.
 */
#ifndef ONLOOKER_CLI_CMD_SIGNATURES_H
#define ONLOOKER_CLI_CMD_SIGNATURES_H

int cmd_signatures(int argc, char **argv);

#endif
