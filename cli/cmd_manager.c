#include "cli/cmd_manager.h"

#include "cli/connection.h"
#include "cli/notify.h"
#include "cli/option_sets.h"
#include "cli/roster_table.h"
#include "domain/manager.h"

#include <stdlib.h>
#include <string.h>

struct manager_cli {
	struct connection connection;
	uint64_t pulse, ping;
	bool json;
	struct options common;
};

#define AT(member) offsetof(struct manager_cli, member)

static const struct option_row rows[] = {
	CONNECTION_ROLE_ROWS(AT(connection)),
	{0, "pulse", OPTION_NUMBER, "SECONDS", "how often components give a sign of life (default 5)", AT(pulse), 1,
	 3600},
	{0, "ping", OPTION_NUMBER, "SECONDS", "how often they are asked for one (default 30)", AT(ping), 1, 3600},
	{0, "json", OPTION_FLAG, NULL, "roster: as JSON", AT(json), 0, 0},
	{0},
};

const struct option_set manager_option_set = {
	.command = "onlooker manager",
	.section = "manager",
	.rows = rows,
	.operands = "[roster]",
	.about = "Registers components, keeps the roster of who they are and what they can do, and looks after their "
		 "health;\n"
		 "the orchestrator of collections runs in it, too. `roster` asks a running manager. TERM ends it.",
};

static int run(const struct manager_cli *o, struct error *error)
{
	const struct option_texts *words = &o->common.operands;
	struct component_options c = connection_component(&o->connection, "onlooker manager");
	if (words->count == 1 && strcmp(words->items[0], "roster") == 0)
		return roster_show(&c, o->json, error);
	if (words->count)
		return error_set(error, ERROR_USAGE, "what is '%s'? `roster` lists who is registered", words->items[0]);
	struct manager_options m = {
		.connection = c, .pulse_seconds = (uint32_t)o->pulse, .ping_seconds = (uint32_t)o->ping};
	connection_handle_signals();
	notify("READY=1");
	return manager_run(&m, &connection_stop, error);
}

int cmd_manager(int argc, char **argv)
{
	struct manager_cli o = {.pulse = 5, .ping = 30};
	struct error error = {""};
	int status = options_start(&manager_option_set, argc, argv, &o, &o.common);
	if (status < 0) {
		int code = run(&o, &error);
		if (code)
			fprintf(stderr, "onlooker manager: %s\n", error.text);
		status = -code;
	}
	options_fini(&manager_option_set, &o, &o.common);
	return status;
}
