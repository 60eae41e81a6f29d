/* Tells the service manager how the process stands, where one wants to know: sd_notify(3) without its library. */
#ifndef ONLOOKER_CLI_NOTIFY_H
#define ONLOOKER_CLI_NOTIFY_H

/* "READY=1", "STOPPING=1". Does nothing without NOTIFY_SOCKET, and never fails anything. Control thread. */
void notify(const char *state);

#endif
