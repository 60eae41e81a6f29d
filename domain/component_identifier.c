/* The identifier a component was given, kept on disk over restarts. */
#include "domain/component_state.h"
#include "domain/key_file.h"

#include <stdio.h>
#include <string.h>

static void state_path(const struct component *c, char *out, size_t size)
{
	snprintf(out, size, "%s/%s.identifier", c->o.state, c->o.type);
}

void component_read_identifier(struct component *c)
{
	char path[4096];
	if (!c->o.state)
		return;
	state_path(c, path, sizeof path);
	FILE *f = fopen(path, "re");
	if (!f)
		return;
	char line[64] = "";
	if (fgets(line, sizeof line, f))
		line[strcspn(line, "\r\n")] = 0;
	fclose(f);
	c->known = component_valid(line);
	if (c->known)
		snprintf(c->identifier, sizeof c->identifier, "%.45s", line);
}

bool component_keep_identifier(struct component *c)
{
	char path[4096], line[64];
	struct error error;
	if (!c->o.state)
		return true;
	state_path(c, path, sizeof path);
	int n = snprintf(line, sizeof line, "%s\n", c->identifier);
	if (file_replace(path, line, (size_t)n, 0644, &error) == 0)
		return true;
	component_say(c, "%s", error.text);
	return false;
}
