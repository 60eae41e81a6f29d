#include "cli/roster_table.h"

#include "cli/ask.h"
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

static const char *text(const json_t *o, const char *name)
{
	const char *t = json_string_value(json_object_get(o, name));
	return t ? t : "";
}

static void add_row(struct table *t, const json_t *e)
{
	char clock[40] = "";
	const json_t *difference = json_object_get(e, "clockDifferenceMicroseconds");
	if (difference)
		snprintf(clock, sizeof clock, "%+.1f ms", (double)json_integer_value(difference) / 1000);
	table_cell(t, text(e, "name"));
	table_cell(t, text(e, "type"));
	table_cell(t, text(e, "state"));
	table_cell(t, text(e, "key"));
	table_cell(t, clock);
	table_cell(t, text(e, "lastPulse"));
	table_cell(t, text(e, "identifier"));
}

static int print(const json_t *components, struct error *error)
{
	static const char *const heads[] = {"NAME", "TYPE", "STATE", "KEY", "CLOCK", "LAST HEARD", "IDENTIFIER"};
	struct table t;
	size_t i;
	json_t *e;
	table_init(&t, heads, 7);
	json_array_foreach((json_t *)(uintptr_t)components, i, e) add_row(&t, e);
	table_print(&t, NULL, stdout, table_width(stdout));
	bool whole = !t.cells.failed;
	table_fini(&t);
	return whole ? 0 : error_set(error, ERROR_FAILED, "no memory for the table");
}

int roster_show(const struct component_options *connection, bool json, struct error *error)
{
	json_t *answer = NULL;
	int code = ask(connection, "roster", "service:manager", NULL, &answer, error);
	if (!code && json)
		json_dumpf(answer, stdout, JSON_INDENT(2));
	if (!code && json)
		putchar('\n');
	if (!code && !json)
		code = print(json_object_get(answer, "components"), error);
	json_decref(answer);
	return code;
}
