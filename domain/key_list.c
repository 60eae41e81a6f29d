#include "domain/key_list.h"

#include "core/buffer.h"
#include "core/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool key_list_add(struct key_list *l, const struct key_entry *e)
{
	if (l->count == MOST_KEYS)
		return false;
	struct key_entry *items = realloc(l->items, (l->count + 1) * sizeof *items);
	if (!items)
		return false;
	l->items = items;
	items[l->count++] = *e;
	return true;
}

void key_list_free(struct key_list *l)
{
	free(l->items);
	*l = (struct key_list){0};
}

static bool read_line(const char *line, struct key_entry *e)
{
	char role[16] = "", state[16] = "", time[40] = "";
	*e = (struct key_entry){0};
	int n = sscanf(line, "%64s %15s %40s %15s %39s", e->name, role, e->public_key, state, time);
	e->role = role_of(role);
	if ((n != 3 && n != 5) || !key_name_valid(e->name) || e->role == ROLE_NONE || !socket_key_valid(e->public_key))
		return false;
	if (n == 3)
		return true;
	e->revoked = strcmp(state, "revoked") == 0;
	return (e->revoked || strcmp(state, "until") == 0) &&
	       time_parse(time, e->revoked ? &e->revoked_ns : &e->until_ns) == 0;
}

static bool blank(const char *line)
{
	return line[strspn(line, " \t\r\n")] == 0 || *line == '#';
}

bool key_list_changed(const struct key_list *l, const char *path)
{
	struct file_stamp now = file_stamp(path);
	return !file_stamp_same(&now, &l->stamp);
}

int key_list_read(const char *path, struct key_list *out, struct error *error)
{
	*out = (struct key_list){0};
	out->stamp = file_stamp(path); /* before: a change while it is read is read again */
	FILE *f = fopen(path, "re");
	if (!f && errno == ENOENT)
		return 0;
	if (!f)
		return error_set(error, ERROR_USAGE, "%s: %s; name the directory of the fabric's keys", path,
				 strerror(errno));
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int code = 0;
	for (unsigned n = 1; !code && (len = getline(&line, &room, f)) > 0; n++) {
		struct key_entry e;
		bool text = !memchr(line, 0, (size_t)len);
		if (text && blank(line))
			continue;
		if (!text || !read_line(line, &e))
			code = error_set(
				error, ERROR_USAGE,
				"%s:%u: this is no key; a line is NAME ROLE PUBLIC [until TIME | revoked TIME]", path,
				n);
		else if (!key_list_add(out, &e))
			code = error_set(error, ERROR_USAGE, "%s:%u: more than %u keys", path, n, MOST_KEYS);
	}
	free(line);
	fclose(f);
	if (code)
		key_list_free(out);
	return code;
}

int key_list_write(const struct key_list *l, const char *path, struct error *error)
{
	struct buffer b = {0};
	BUFFER_LITERAL(
		&b,
		"# Who may come to this fabric, see onlooker-keys(1): NAME ROLE PUBLIC [until TIME | revoked TIME]\n");
	for (uint32_t i = 0; i < l->count; i++) {
		const struct key_entry *e = &l->items[i];
		char time[TIME_TEXT_BYTES];
		buffer_format(&b, "%s %s %s", e->name, role_name(e->role), e->public_key);
		time_text(e->revoked ? e->revoked_ns : e->until_ns, time);
		if (e->revoked || e->until_ns)
			buffer_format(&b, " %s %s", e->revoked ? "revoked" : "until", time);
		buffer_char(&b, '\n');
	}
	int code = b.failed ? error_set(error, ERROR_FAILED, "%s: no memory", path)
			    : file_replace(path, b.data, b.len, 0644, error);
	buffer_fini(&b);
	return code;
}

const struct key_entry *key_list_find(const struct key_list *l, const char *public_key)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (strcmp(l->items[i].public_key, public_key) == 0)
			return &l->items[i];
	return NULL;
}

enum key_state key_state(const struct key_entry *e, uint64_t now_ns)
{
	return e->revoked ? KEY_REVOKED : e->until_ns && now_ns >= e->until_ns ? KEY_EXPIRED : KEY_GOOD;
}

const char *key_state_name(enum key_state s)
{
	static const char *const names[] = {"good", "expired", "revoked"};
	return names[s];
}
