/* `onlooker doctor`: says what of this machine would lose packets, and the command that mends it. */
#ifndef ONLOOKER_CLI_CMD_DOCTOR_H
#define ONLOOKER_CLI_CMD_DOCTOR_H

/* argv[0] is "doctor". Returns the exit status: 0 when nothing would lose packets, 1 when something would. */
int cmd_doctor(int argc, char **argv);

#endif
