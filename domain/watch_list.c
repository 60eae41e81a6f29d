#include "domain/watch_list.h"

#include "core/buffer.h"
#include "core/time.h"
#include "domain/collection.h"
#include "domain/key_file.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_WATCHES 64u
#define MOST_OCTETS  ((size_t)4 << 20) /* that wait to be told; more is left out */

struct watch {
	struct collection *what;
	struct buffer found; /* of the assertion that is being stored */
	uint32_t n_found;
	struct buffer lines; /* of the commit */
	uint32_t n_lines;
	struct buffer ready; /* lasting, and not told yet */
	uint32_t n_ready;
};

struct watch_list {
	char *path; /* NULL: not kept */
	const char *site;
	pthread_mutex_t lock; /* of all below */
	struct watch watches[MOST_WATCHES];
	uint32_t count;
};

/* ---- the list and its file ---- */

static void drop(struct watch_list *w, uint32_t i)
{
	collection_free(w->watches[i].what);
	buffer_fini(&w->watches[i].found);
	buffer_fini(&w->watches[i].lines);
	buffer_fini(&w->watches[i].ready);
	memmove(&w->watches[i], &w->watches[i + 1], (--w->count - i) * sizeof *w->watches);
}

/* Those whose time is over. */
static void expire(struct watch_list *w)
{
	uint64_t now_ns = time_now();
	for (uint32_t i = w->count; i-- > 0;)
		if (w->watches[i].what->end_ns && now_ns >= w->watches[i].what->end_ns)
			drop(w, i);
}

static uint32_t find(const struct watch_list *w, const char *id)
{
	uint32_t i = 0;
	while (i < w->count && strcmp(w->watches[i].what->id, id) != 0)
		i++;
	return i;
}

static int keep(const struct watch_list *w, struct error *error)
{
	struct buffer b = {0};
	for (uint32_t i = 0; i < w->count; i++) {
		const struct collection *c = w->watches[i].what;
		char *text = header_text(
			json_pack("{s:O, s:I}", "instructions", c->instructions, "endNs", (json_int_t)c->end_ns));
		buffer_text(&b, text ? text : "");
		buffer_char(&b, '\n');
		b.failed |= !text;
		free(text);
	}
	int code = !w->path   ? 0
		   : b.failed ? error_set(error, ERROR_FAILED, "%s: no memory", w->path)
			      : file_replace(w->path, b.data ? b.data : "", b.len, 0644, error);
	buffer_fini(&b);
	return code;
}

/* A line of the file; one whose time is over is left out. False: it is none. */
static bool restore(struct watch_list *w, const char *line, size_t len)
{
	struct error error;
	struct collection *c = NULL;
	json_t *j = payload_parse(line, len, &error);
	uint64_t end_ns = (uint64_t)json_integer_value(json_object_get(j, "endNs"));
	bool over = end_ns && end_ns <= time_now();
	/* A period in seconds does not begin anew: its end is the one it had. */
	if (j && !over && w->count < MOST_WATCHES &&
	    collection_read_watch(json_object_get(j, "instructions"), time_now(), &c, &error) == REFUSED_NOT) {
		c->end_ns = end_ns;
		w->watches[w->count++] = (struct watch){.what = c};
	}
	bool good = c || (j && over);
	json_decref(j);
	return good;
}

static int read_file(struct watch_list *w, struct error *error)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	FILE *f = w->path ? fopen(w->path, "re") : NULL;
	int code = 0;
	for (unsigned at = 1; f && !code && (len = getline(&line, &room, f)) > 0; at++)
		if (!restore(w, line, (size_t)len))
			code = error_set(error, ERROR_USAGE,
					 "%s:%u: this is no watch; mend the line or restore the file from a copy",
					 w->path, at);
	free(line);
	if (f && !code && ferror(f))
		code = error_set(error, ERROR_FAILED, "%s: cannot be read; look at the disk", w->path);
	if (f)
		fclose(f);
	return code;
}

int watch_list_open(const char *state, const char *site, struct watch_list **out, struct error *error)
{
	struct watch_list *w = calloc(1, sizeof *w);
	if (!w || (state && asprintf(&w->path, "%s/watches.jsonl", state) < 0)) {
		free(w);
		return error_set(error, ERROR_FAILED, "watch list: no memory");
	}
	w->site = site;
	pthread_mutex_init(&w->lock, NULL);
	int code = read_file(w, error);
	if (code)
		watch_list_free(w);
	else
		*out = w;
	return code;
}

void watch_list_free(struct watch_list *w)
{
	while (w && w->count)
		drop(w, w->count - 1);
	if (!w)
		return;
	pthread_mutex_destroy(&w->lock);
	free(w->path);
	free(w);
}

/* ---- what a value is beside another ---- */

/* Members that name the slot of a value. Of kinds that are not here an endpoint may have several at once: there each
 * value has a slot of its own, and a new one stands beside the others. */
static const struct {
	const char *kind;
	const char *members[5];
} slots[] = {
	{"softwareInstance", {"softwareTitle", "role", "transport", "port"}},
	{"service", {"transport", "port"}},
	{"location", {"kind"}},
	{"windowsDomain", {NULL}},
	{"smbServerGuid", {NULL}},
	{"snmpEngineId", {NULL}},
};

static bool same_member(const json_t *a, const json_t *b, const char *name)
{
	const json_t *x = json_object_get(a, name), *y = json_object_get(b, name);
	return x && y ? json_equal(x, y) : x == y;
}

/* Whether one value takes the place of the other. */
static bool same_slot(const char *kind, const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
		if (strcmp(slots[i].kind, kind) != 0)
			continue;
		for (const char *const *m = slots[i].members; *m; m++)
			if (!same_member(a, b, *m))
				return false;
		return true;
	}
	return json_equal(a, b);
}

/* ---- looking ---- */

struct looking {
	const struct claim *claim;
	json_t *value;
	json_t *old; /* what stands in its slot, last seen at old_ns */
	uint64_t old_ns;
};

static bool look_at(void *arg, const struct stored_endpoint *e)
{
	struct looking *l = arg;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		const struct claim *c = &e->claims[i];
		if (strcmp(c->kind, l->claim->kind) != 0 || (l->old && c->end_ns < l->old_ns))
			continue;
		json_t *value = json_loads(c->value, JSON_DECODE_ANY, NULL);
		if (value && same_slot(c->kind, l->value, value)) {
			json_decref(l->old);
			l->old = json_incref(value);
			l->old_ns = c->end_ns;
		}
		json_decref(value);
	}
	return true;
}

static void add_time(json_t *o, const char *name, uint64_t time_ns)
{
	char text[TIME_TEXT_BYTES];
	time_text(time_ns, text);
	json_object_set_new(o, name, json_string(text));
}

static void found(struct watch *w, const struct stored_assertion *a, const struct looking *l)
{
	char endpoint[37], assertion[37];
	uuid_text(a->endpoint, endpoint);
	uuid_text(a->id, assertion);
	json_t *o = json_pack("{s:s, s:s, s:s, s:O?, s:O, s:i, s:s}", "watch-identifier", w->what->id,
			      "endpointIdentifier", endpoint, "attribute", l->claim->kind, "old", l->old, "new",
			      l->value, "confidence", (int)l->claim->confidence, "assertionId", assertion);
	if (o && !l->old)
		json_object_set_new(o, "old", json_null());
	if (o && l->old)
		add_time(o, "oldLastSeen", l->old_ns);
	if (o)
		add_time(o, "time", l->claim->start_ns);
	char *text = header_text(o);
	buffer_text(&w->found, text ? text : "");
	buffer_char(&w->found, '\n');
	w->found.failed |= !text;
	w->n_found++;
	free(text);
}

/* Asks the repository once for all watches. */
static void look_for(struct watch_list *w, struct repository *r, const struct stored_assertion *a,
		     const struct claim *claim, const bool *wanted)
{
	char id[37];
	struct error ignored; /* storing it will say so */
	struct looking l = {.claim = claim, .value = json_loads(claim->value, JSON_DECODE_ANY, NULL)};
	uuid_text(a->endpoint, id);
	const struct inventory_filter filter = {.identifier = id};
	if (l.value && repository_endpoints(r, &filter, look_at, &l, &ignored) == 0 &&
	    (!l.old || (claim->end_ns >= l.old_ns && !json_equal(l.old, l.value))))
		for (uint32_t i = 0; i < w->count; i++)
			if (wanted[i])
				found(&w->watches[i], a, &l);
	json_decref(l.value);
	json_decref(l.old);
}

/* Of the text in a JSON string; what has escapes is no address and no identifier. */
static bool names(const struct collection *c, const char *value)
{
	char text[256];
	size_t n = strlen(value);
	if (n < 2 || n >= sizeof text || value[0] != '"')
		return false;
	snprintf(text, sizeof text, "%.*s", (int)n - 2, value + 1);
	return collection_names(c, text);
}

static bool of_interest(const struct collection *c, const struct stored_assertion *a)
{
	char id[37];
	if (!c->endpoints && !c->n_networks)
		return true;
	uuid_text(a->endpoint, id);
	if (collection_names(c, id))
		return true;
	for (uint32_t i = 0; i < a->n_claims; i++)
		if (names(c, a->claims[i].value))
			return true;
	return false;
}

static void look(struct watch_list *w, struct repository *r, const struct stored_assertion *a)
{
	uint64_t now_ns = time_now();
	for (uint32_t k = 0; k < a->n_claims; k++) {
		bool wanted[MOST_WATCHES] = {false}, any = false;
		for (uint32_t i = 0; i < w->count; i++) {
			const struct collection *c = w->watches[i].what;
			wanted[i] = !a->claims[k].implied && collection_takes_kind(c, a->claims[k].kind) &&
				    now_ns >= c->start_ns && (!c->end_ns || now_ns < c->end_ns) && of_interest(c, a);
			any |= wanted[i];
		}
		if (any)
			look_for(w, r, a, &a->claims[k], wanted);
	}
}

void watch_list_look(void *watch_list, struct repository *r, const struct stored_assertion *a)
{
	struct watch_list *w = watch_list;
	pthread_mutex_lock(&w->lock);
	if (w->count && a->has_endpoint && !a->reported)
		look(w, r, a);
	pthread_mutex_unlock(&w->lock);
}

/* Moves what is in one buffer behind the other. */
static void move(struct buffer *from, uint32_t *n_from, struct buffer *to, uint32_t *n_to, bool good)
{
	if (good && *n_from && !from->failed && to->len < MOST_OCTETS) {
		buffer_add(to, from->data, from->len);
		*n_to += *n_from;
	}
	buffer_clear(from);
	*n_from = 0;
}

void watch_list_stored(void *watch_list, bool fresh)
{
	struct watch_list *w = watch_list;
	pthread_mutex_lock(&w->lock);
	for (uint32_t i = 0; i < w->count; i++) {
		struct watch *t = &w->watches[i];
		move(&t->found, &t->n_found, &t->lines, &t->n_lines, fresh);
	}
	pthread_mutex_unlock(&w->lock);
}

void watch_list_settled(void *watch_list, bool kept)
{
	struct watch_list *w = watch_list;
	pthread_mutex_lock(&w->lock);
	for (uint32_t i = 0; i < w->count; i++) {
		struct watch *t = &w->watches[i];
		move(&t->lines, &t->n_lines, &t->ready, &t->n_ready, kept);
	}
	pthread_mutex_unlock(&w->lock);
}

static void tell(const struct watch_list *w, struct watch *t, struct component *c)
{
	char topic[256];
	const struct part lines = {t->ready.data, t->ready.len};
	snprintf(topic, sizeof topic, "/notification/repository/watch/%.64s/", w->site ? w->site : "default");
	if (!component_publish(c, t->what->topic ? t->what->topic : topic, t->n_ready, "application/x-ndjson",
			       json_pack("{s:s}", "watch", t->what->id), &lines, NULL))
		return; /* with the next */
	buffer_clear(&t->ready);
	t->n_ready = 0;
}

void watch_list_tell(struct watch_list *w, struct component *c)
{
	pthread_mutex_lock(&w->lock);
	for (uint32_t i = 0; i < w->count; i++)
		if (w->watches[i].n_ready)
			tell(w, &w->watches[i], c);
	expire(w);
	pthread_mutex_unlock(&w->lock);
}

/* ---- operations ---- */

static enum refusal start(struct watch_list *w, const json_t *payload, json_t **answer, struct error *why)
{
	struct collection *c = NULL;
	enum refusal refusal = collection_read_watch(payload, time_now(), &c, why);
	if (refusal)
		return refusal;
	if (find(w, c->id) < w->count)
		refusal = REFUSED_DUPLICATE;
	else if (w->count == MOST_WATCHES)
		refusal = REFUSED_BUSY;
	if (refusal) {
		error_set(why, ERROR_DAMAGED,
			  refusal == REFUSED_DUPLICATE ? "a watch of this identifier runs"
						       : "as many watches run as there may be; cancel one");
		collection_free(c);
		return refusal;
	}
	w->watches[w->count++] = (struct watch){.what = c};
	if (keep(w, why) != 0) {
		drop(w, w->count - 1);
		return REFUSED_STORAGE;
	}
	*answer = json_pack("{s:s}", "watch-identifier", c->id);
	return REFUSED_NOT;
}

static enum refusal cancel(struct watch_list *w, const json_t *payload, json_t **answer, struct error *why)
{
	const char *id = json_string_value(json_object_get(payload, "watch-identifier"));
	uint32_t i = id ? find(w, id) : w->count;
	if (i == w->count) {
		error_set(why, ERROR_DAMAGED, "no watch of this `watch-identifier` runs");
		return REFUSED_NOT_FOUND;
	}
	*answer = json_pack("{s:s}", "watch-identifier", id);
	drop(w, i);
	return keep(w, why) == 0 ? REFUSED_NOT : REFUSED_STORAGE;
}

static enum refusal list(struct watch_list *w, const json_t *payload, json_t **answer, struct error *why)
{
	json_t *all = json_array();
	(void)payload;
	(void)why;
	for (uint32_t i = 0; i < w->count; i++)
		json_array_append(all, w->watches[i].what->instructions);
	*answer = json_pack("{s:o}", "watches", all);
	return REFUSED_NOT;
}

static const struct {
	const char *operation;
	enum refusal (*fn)(struct watch_list *, const json_t *payload, json_t **answer, struct error *why);
} handlers[] = {{"watch.start", start}, {"watch.cancel", cancel}, {"watch.list", list}};

bool watch_list_serve(struct watch_list *w, struct component *c, const struct component_request *request)
{
	for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
		if (strcmp(handlers[i].operation, request->operation) != 0)
			continue;
		struct error why = {""};
		json_t *answer = NULL, *payload = payload_parse(request->payload, request->len, &why);
		pthread_mutex_lock(&w->lock);
		expire(w);
		enum refusal refusal = payload ? handlers[i].fn(w, payload, &answer, &why) : REFUSED_MALFORMED;
		pthread_mutex_unlock(&w->lock);
		component_answer(c, request->ticket, refusal, why.text, refusal ? NULL : answer);
		if (refusal)
			json_decref(answer);
		json_decref(payload);
		return true;
	}
	return false;
}
