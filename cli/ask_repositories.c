#include "cli/ask_repositories.h"

#include "cli/ask.h"

#include <stdio.h>
#include <string.h>

static void print_watch(const char *identifier, const json_t *watch)
{
	size_t i;
	json_t *name;
	printf("%s  %s ", identifier, json_string_value(json_object_get(watch, "watch-identifier")));
	json_array_foreach(json_object_get(watch, "attributes"), i, name) printf(" %s", json_string_value(name));
	putchar('\n');
}

static void print(const char *identifier, const json_t *answer)
{
	size_t i;
	json_t *watch, *watches = json_object_get(answer, "watches");
	if (!watches)
		printf("%s  success\n", identifier);
	json_array_foreach(watches, i, watch) print_watch(identifier, watch);
}

/* One that is there and can be asked. */
static const char *reachable(const json_t *component)
{
	const char *state = json_string_value(json_object_get(component, "state"));
	return state && strcmp(state, "gone") != 0 && strcmp(state, "unreachable") != 0
		       ? json_string_value(json_object_get(component, "identifier"))
		       : NULL;
}

int ask_repositories(const struct component_options *connection, const char *operation, json_t *payload, bool json,
		     struct error *error)
{
	json_t *roster = NULL, *component, *all = json_object();
	size_t i, asked = 0;
	int code = ask(connection, "roster", "service:manager", json_pack("{s:s}", "type", "repository-interface"),
		       &roster, error);
	json_array_foreach(json_object_get(roster, "components"), i, component)
	{
		struct error why = {""};
		json_t *answer = NULL;
		const char *identifier = code ? NULL : reachable(component);
		if (!identifier)
			continue;
		asked++;
		code = ask(connection, operation, identifier, payload ? json_incref(payload) : NULL, &answer, &why);
		if (code)
			error_set(error, code, "%s: %s", identifier, why.text);
		else if (!json)
			print(identifier, answer);
		json_object_set_new(all, identifier, answer ? answer : json_null());
	}
	if (!code && !asked)
		code = error_set(error, ERROR_FAILED, "no repository is there; see onlooker manager roster");
	if (!code && json) {
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(all);
	json_decref(roster);
	return code;
}
