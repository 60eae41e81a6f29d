/* The identifier a component was given, kept on disk over restarts; and until there is one, the name of the request. */
#include "core/uuid.h"
#include "domain/component_state.h"
#include "domain/key_file.h"
#include "domain/repository.h" /* uuid_parse() */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { LINE_BYTES = 64 };

static void state_path(const struct component *c, const char *what, char *out, size_t size)
{
	snprintf(out, size, "%s/%s.%s", c->o.state, c->o.type, what);
}

int component_lock_state(struct component *c, struct error *error)
{
	char path[4096];
	if (!c->o.state)
		return 0;
	state_path(c, "lock", path, sizeof path);
	c->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (c->lock_fd < 0)
		return error_set(error, ERROR_USAGE, "%s: %s; name a directory that can be written (--state)", path,
				 strerror(errno));
	/* a file system that knows no locks is let pass: it kept what it was given before there were any */
	if (flock(c->lock_fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return error_set(error, ERROR_USAGE, "%s: another %s is using it; name another directory", c->o.state,
				 c->o.command ? c->o.command : c->o.type);
	return 0;
}

void component_unlock_state(struct component *c)
{
	if (c->lock_fd >= 0)
		close(c->lock_fd);
	c->lock_fd = -1;
}

/* "" when there is none. */
static void read_line(const struct component *c, const char *what, char out[LINE_BYTES])
{
	char path[4096];
	*out = 0;
	if (!c->o.state)
		return;
	state_path(c, what, path, sizeof path);
	FILE *f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(out, LINE_BYTES, f))
		out[strcspn(out, "\r\n")] = 0;
	fclose(f);
}

static bool keep_line(const struct component *c, const char *what, const char *text)
{
	char path[4096], line[LINE_BYTES];
	struct error error;
	if (!c->o.state)
		return true;
	state_path(c, what, path, sizeof path);
	int n = snprintf(line, sizeof line, "%s\n", text);
	if (file_replace(path, line, (size_t)n, 0644, &error) == 0)
		return true;
	component_say(c, "%s", error.text);
	return false;
}

void component_read_identifier(struct component *c)
{
	char line[LINE_BYTES];
	uint8_t id[16];
	read_line(c, "identifier", line);
	c->known = component_valid(line);
	if (c->known)
		snprintf(c->identifier, sizeof c->identifier, "%.45s", line);
	read_line(c, "registration", line);
	if (!c->known && uuid_parse(line, id))
		snprintf(c->registration, sizeof c->registration, "%.36s", line);
}

bool component_name_registration(struct component *c)
{
	uint8_t id[16];
	if (*c->registration)
		return true;
	if (!uuid_random(id))
		return false;
	uuid_text(id, c->registration);
	if (keep_line(c, "registration", c->registration))
		return true;
	*c->registration = 0;
	return false;
}

bool component_keep_identifier(struct component *c)
{
	char path[4096];
	if (!keep_line(c, "identifier", c->identifier))
		return false;
	*c->registration = 0;
	if (c->o.state) {
		state_path(c, "registration", path, sizeof path);
		unlink(path);
	}
	return true;
}
