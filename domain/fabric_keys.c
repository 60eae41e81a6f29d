/* The keys of a fabric, while it runs: who is on the list, and its own. */
#include "core/time.h"
#include "domain/fabric_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct key_entry *same(const struct key_list *l, const struct key_entry *e)
{
	return key_list_find(l, e->public_key);
}

/* Every difference of the list is an administrative act. */
static void log_changes(struct fabric *f, const struct key_list *before, const struct key_list *after)
{
	for (uint32_t i = 0; f->audit && i < after->count; i++) {
		const struct key_entry *e = &after->items[i], *old = same(before, e);
		const char *act = !old                           ? "key.allowed"
				  : e->revoked && !old->revoked  ? "key.revoked"
				  : e->until_ns != old->until_ns ? "key.limited"
				  : e->role != old->role         ? "key.role"
								 : NULL;
		if (act)
			audit_act(f->audit, "administrator", act,
				  json_pack("{s:s, s:s, s:s}", "name", e->name, "role", role_name(e->role), "public",
					    e->public_key));
	}
	for (uint32_t i = 0; f->audit && i < before->count; i++)
		if (!same(after, &before->items[i]))
			audit_act(f->audit, "administrator", "key.removed",
				  json_pack("{s:s, s:s}", "name", before->items[i].name, "public",
					    before->items[i].public_key));
}

/* A list that cannot be read changes nothing: the old one stays. */
void fabric_reload_keys(struct fabric *f)
{
	struct key_list now;
	struct error error = {""};
	if (!f->allowed || !key_list_changed(&f->keys, f->allowed))
		return;
	if (key_list_read(f->allowed, &now, &error) != 0) {
		fprintf(stderr, "onlooker fabric: %s; the keys stay as they were\n", error.text);
		f->keys.stamp = file_stamp(f->allowed); /* said once */
		return;
	}
	log_changes(f, &f->keys, &now);
	key_list_free(&f->keys);
	f->keys = now;
	f->generation++;
}

bool fabric_let_in(void *arg, const char *key, const char *address)
{
	struct fabric *f = arg;
	const struct key_entry *e = key ? key_list_find(&f->keys, key) : NULL;
	if (key && !e) { /* perhaps it was put on the list just now */
		fabric_reload_keys(f);
		e = key_list_find(&f->keys, key);
	}
	bool good = key ? e && key_state(e, time_now()) == KEY_GOOD : f->plain;
	f->counters.accepted += good;
	f->counters.turned_away += !good;
	if (!good)
		fabric_note(f, e ? e->name : key ? key : address, REFUSED_FORBIDDEN);
	return good;
}

/* Its own pair, of fabric.key. */
static int read_own(struct fabric *f, struct error *error)
{
	struct key_file own = {0};
	f->own_stamp = file_stamp(f->own_path);
	int code = key_file_read(f->own_path, true, &own, error);
	if (!code)
		f->own = own;
	explicit_bzero(&own, sizeof own);
	return code;
}

int fabric_open_keys(struct fabric *f, const char *directory, struct error *error)
{
	if (asprintf(&f->allowed, "%s/allowed", directory) < 0)
		f->allowed = NULL;
	if (asprintf(&f->own_path, "%s/fabric.key", directory) < 0)
		f->own_path = NULL;
	if (!f->allowed || !f->own_path)
		return error_set(error, ERROR_FAILED, "%s: no memory", directory);
	int code = read_own(f, error);
	return code ? code : key_list_read(f->allowed, &f->keys, error);
}

bool fabric_own_key_changed(struct fabric *f)
{
	char before[SOCKET_KEY_BYTES];
	struct error error = {""};
	if (!f->own_path)
		return false;
	struct file_stamp now = file_stamp(f->own_path);
	if (file_stamp_same(&now, &f->own_stamp))
		return false;
	memcpy(before, f->own.public_key, sizeof before);
	if (read_own(f, &error) != 0) {
		fprintf(stderr, "onlooker fabric: %s; the fabric's key stays as it was\n", error.text);
		return false;
	}
	if (strcmp(before, f->own.public_key) == 0)
		return false;
	fprintf(stderr, "onlooker fabric: its key is another now, %s; who has the old fabric.pub needs the new one\n",
		f->own.public_key);
	if (f->audit)
		audit_act(f->audit, "administrator", "fabric.key",
			  json_pack("{s:s, s:s}", "public", f->own.public_key, "before", before));
	return true;
}
