#include "cli/connection.h"

#include <signal.h>

atomic_bool connection_stop;

static void stop(int signal_number)
{
	(void)signal_number;
	atomic_store_explicit(&connection_stop, true, memory_order_release);
}

void connection_handle_signals(void)
{
	struct sigaction action = {.sa_handler = stop}; /* no SA_RESTART: waiting ends */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN); /* keys are looked at by themselves; whoever tells a whole site to look ends nobody */
}

struct component_options connection_component(const struct connection *c, const char *command)
{
	return (struct component_options){.url = c->fabric ? c->fabric : CONNECTION_URL,
					  .key = c->key,
					  .fabric_key = c->fabric_key,
					  .command = command,
					  .site = c->site,
					  .prefix = c->prefix,
					  .state = c->state};
}
