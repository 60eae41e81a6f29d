/* Matching a value against a set: select, confirm, conclude, and read captured text again. */
#include "classify/fingerprint/tcp_reading.h"
#include "classify/greeting.h"
#include "classify/signature_set.h"
#include "classify/signature_template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 16, FEEDS_MAX = 16 };

/* One call of signature_match(). */
struct call {
	const struct signature_set *set;
	struct signature_scratch *scratch;
	struct arena *arena;
	struct conclusion *out;
	size_t count, max;
	const struct signature_trace *trace;
};

/* One value within a call. */
struct reading {
	struct call *call;
	enum field field;
	const char *value;
	size_t len;
	unsigned depth;
	uint8_t confidence;        /* no conclusion from captured text is surer than what captured it */
	struct greeting_name host; /* what is found inside it alone is no finding, while anything else is one */
	const char *nameless;      /* the value without the host's name, as long as it was; NULL when it has none */
	bool in_name;              /* something was found there alone */
	const struct model_entry *winner[SET_GROUPS_MAX];
	const struct set_part *winner_part[SET_GROUPS_MAX];
};

struct span {
	size_t from, len;
};

struct feed {
	enum field field;
	const char *value;
	size_t len;
};

static void read_value(struct reading *r);

/* ---- scratch ---- */

static size_t most_candidates(const struct signature_set *set)
{
	size_t most = 1;
	for (unsigned p = 0; p < set->parts; p++)
		if (set->part[p].candidates_max > most)
			most = set->part[p].candidates_max;
	return most;
}

static bool fit(struct signature_scratch *s, const struct signature_set *set)
{
	s->words = (most_candidates(set) + 63) / 64;
	s->bits = calloc(s->words * (SIGNATURE_DEPTH_MAX + 1), sizeof *s->bits);
	s->match = match_scratch_new();
	if (!s->bits || !s->match)
		return false;
	for (unsigned p = 0; p < set->parts; p++) {
		const struct set_part *part = &set->part[p];
		s->regexes[p] = part->model.count[MODEL_ENTRIES];
		s->regex[p] = calloc((size_t)s->regexes[p] + 1, sizeof(struct match_regex *));
		if (!s->regex[p])
			return false;
	}
	return true;
}

struct signature_scratch *signature_scratch_new(const struct signature_set *set)
{
	struct signature_scratch *s = calloc(1, sizeof *s);
	if (s && !fit(s, set)) {
		signature_scratch_free(s);
		return NULL;
	}
	return s;
}

void signature_scratch_free(struct signature_scratch *scratch)
{
	if (!scratch)
		return;
	for (unsigned p = 0; p < SET_MODELS_MAX; p++) {
		for (unsigned f = 0; f < FIELDS; f++)
			match_close(scratch->database[p][f]);
		for (uint32_t i = 0; scratch->regex[p] && i < scratch->regexes[p]; i++)
			match_regex_free(scratch->regex[p][i]);
		free(scratch->regex[p]);
	}
	match_scratch_free(scratch->match);
	free(scratch->bits);
	free(scratch);
}

const struct match_regex *signature_regex(const struct signature_set *set, struct signature_scratch *scratch,
					  unsigned part, uint32_t entry)
{
	struct match_regex **slot = &scratch->regex[part][entry];
	if (!*slot) {
		const struct model *m = &set->part[part].model;
		const struct model_entry *e = model_entry(m, entry);
		*slot = match_regex_new(model_text(m, e->pattern), e->case_sensitive, NULL);
	}
	return *slot;
}

/* ---- conclusions ---- */

static enum software_role role_of(const struct model_conclusion *c, enum field field)
{
	if (c->role != MODEL_ROLE_OF_FIELD)
		return (enum software_role)c->role;
	return field_table[field].side == FIELD_SIDE_CLIENT ? ROLE_CLIENT : ROLE_SERVER;
}

static uint8_t confidence_of(const struct reading *r, const struct model_entry *e, const struct model_conclusion *c)
{
	uint8_t own = c && c->confidence ? c->confidence : e->confidence;
	if (!own)
		own = field_table[r->field].confidence;
	return own < r->confidence ? own : r->confidence;
}

static const char *full_name(struct arena *arena, const char *field, const char *name)
{
	char text[192];
	int n = snprintf(text, sizeof text, "%s/%s", field, name);
	return n > 0 ? arena_text(arena, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1) : NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* The conclusion that already says what `c` says, but for a version one of both does not know. */
static struct conclusion *find_same(struct call *call, const struct conclusion *c)
{
	for (size_t i = 0; i < call->count; i++) {
		struct conclusion *o = &call->out[i];
		if (o->kind == c->kind && o->role == c->role && same_text(o->title, c->title) &&
		    (same_text(o->version, c->version) || !o->version || !c->version) &&
		    (c->kind != CONCLUDES_HARDWARE || same_text(o->creator, c->creator)))
			return o;
	}
	return NULL;
}

/* Software with an absent title says nothing; hardware may be known by its maker alone. */
static bool says_something(const struct conclusion *c)
{
	return c->title || (c->kind == CONCLUDES_HARDWARE && (c->creator || c->hardware_kind));
}

static void add(struct call *call, const struct conclusion *c)
{
	if (!says_something(c))
		return;
	struct conclusion *o = find_same(call, c);
	if (o && c->version && !o->version)
		*o = *c;
	else if (!o && call->count < call->max)
		call->out[call->count++] = *c;
}

static void conclude(struct reading *r, const struct model *m, const struct model_entry *e,
		     const struct template_source *source)
{
	struct arena *arena = r->call->arena;
	const char *name = full_name(arena, field_table[r->field].name, model_text(m, e->name));
	for (uint32_t i = 0; i < e->conclusions; i++) {
		const struct model_conclusion *from = model_conclusion(m, e->first_conclusion + i);
		struct conclusion c = {
			.kind = (enum conclusion_kind)from->kind,
			.role = role_of(from, r->field),
			.confidence = confidence_of(r, e, from),
			.title = template_expand(model_text(m, from->title), source, false, arena),
			.creator = template_expand(model_text(m, from->creator), source, false, arena),
			.version = template_expand(model_text(m, from->version), source, false, arena),
			.revision = template_expand(model_text(m, from->revision), source, false, arena),
			.hardware_kind = template_expand(model_text(m, from->hardware_kind), source, false, arena),
			.purl = template_expand(model_text(m, from->purl), source, true, arena),
			.signature = name,
			.source = r->field,
		};
		c.cpe = template_cpe(model_text(m, from->cpe), source, c.version, arena);
		add(r->call, &c);
	}
}

/* ---- captured text ---- */

/* "{modules|words}" feeds every word by itself; a comment in parentheses is one word. */
static size_t split(struct feed *feed, size_t room)
{
	size_t n = 0, i = 0, len = feed->len;
	const char *text = feed->value;
	enum field field = feed->field;
	while (n < room && n < WORDS_MAX) {
		while (i < len && text[i] == ' ')
			i++;
		size_t from = i;
		for (int depth = 0; i < len && (text[i] != ' ' || depth > 0); i++)
			depth += (text[i] == '(') - (text[i] == ')');
		if (i == from)
			break;
		feed[n++] = (struct feed){field, text + from, i - from};
	}
	return n;
}

static size_t collect_feeds(struct reading *r, const struct model *m, const struct model_entry *e,
			    const struct template_source *source, struct feed *feed)
{
	size_t n = 0;
	for (uint32_t i = 0; i < e->feeds && n < FEEDS_MAX; i++) {
		const struct model_feed *f = model_feed(m, e->first_feed + i);
		const char *template = model_text(m, f->value);
		const char *text = template_expand(template, source, false, r->call->arena);
		if (!text)
			continue;
		feed[n] = (struct feed){(enum field)f->field, text, strlen(text)};
		n += strstr(template, "|words}") ? split(&feed[n], FEEDS_MAX - n) : 1;
	}
	return n;
}

static void read_feeds(struct reading *r, const struct model_entry *e, const struct feed *feed, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct reading inner = {
			.call = r->call,
			.field = feed[i].field,
			.value = feed[i].value,
			.len = feed[i].len,
			.depth = r->depth + 1,
			.confidence = confidence_of(r, e, NULL),
		};
		read_value(&inner);
	}
}

/* ---- candidates ---- */

static void tell(struct reading *r, const struct set_part *part, const struct model_entry *e,
		 enum signature_outcome outcome)
{
	const struct signature_trace *trace = r->call->trace;
	if (!trace)
		return;
	uint8_t group = part->group[e - model_entry(&part->model, 0)];
	struct signature_event event = {part,
					e,
					r->field,
					outcome,
					outcome == OUTCOME_LOST ? r->winner[group] : NULL,
					outcome == OUTCOME_LOST ? r->winner_part[group] : NULL,
					r->depth,
					r->value,
					r->len};
	trace->event(trace->context, &event);
}

static void win(struct reading *r, const struct set_part *part, const struct model_entry *e,
		const struct match_regex *regex)
{
	struct template_source source = {regex, r->call->scratch->match, r->value};
	struct feed feed[FEEDS_MAX + 1];
	size_t feeds = 0;
	tell(r, part, e, OUTCOME_WON);
	conclude(r, &part->model, e, &source);
	if (r->depth < SIGNATURE_DEPTH_MAX)
		feeds = collect_feeds(r, &part->model, e, &source, feed);
	read_feeds(r, e, feed, feeds); /* from here on the groups of this match are gone */
}

/* What matched, when it lies within the host's name; its length is 0 when it does not. */
static struct span inside_name(const struct reading *r)
{
	struct span match;
	bool matched = match_group(r->call->scratch->match, 0, &match.from, &match.len);
	if (matched && match.from >= r->host.from && match.from + match.len <= r->host.end)
		return match;
	return (struct span){0, 0};
}

/* A host's name alone tells whose it is by its domain ("mx.google.com"). A word of it without a dot is what people call
 * the host. */
static bool tells_domain(const struct reading *r, struct span match)
{
	return memchr(r->value + match.from, '.', match.len) != NULL;
}

static enum match_verdict confirm(struct reading *r, const struct match_regex *regex)
{
	enum match_verdict verdict = match_regex_run(regex, r->call->scratch->match, r->value, r->len);
	if (verdict != MATCH_YES)
		return verdict;
	struct span match = inside_name(r);
	if (!match.len)
		return verdict;
	if (!r->nameless)
		return tells_domain(r, match) ? MATCH_YES : MATCH_NO;
	verdict = match_regex_run(regex, r->call->scratch->match, r->nameless, r->len);
	r->in_name |= verdict == MATCH_NO;
	return verdict;
}

static void try_candidate(struct reading *r, unsigned number, uint32_t entry)
{
	const struct set_part *part = &r->call->set->part[number];
	const struct model_entry *e = model_entry(&part->model, entry);
	uint8_t group = part->group[entry];
	if (r->winner[group] && !r->call->trace)
		return;
	const struct match_regex *regex = signature_regex(r->call->set, r->call->scratch, number, entry);
	enum match_verdict verdict = regex ? confirm(r, regex) : MATCH_LIMIT;
	if (verdict == MATCH_LIMIT)
		r->call->scratch->limits++;
	if (verdict != MATCH_YES) {
		tell(r, part, e, verdict == MATCH_NO ? OUTCOME_REJECTED : OUTCOME_LIMIT);
		return;
	}
	if (r->winner[group]) {
		tell(r, part, e, OUTCOME_LOST);
		return;
	}
	r->winner[group] = e;
	r->winner_part[group] = part;
	win(r, part, e, regex);
}

/* The database of the field at hand, opened when it is met first; NULL when the heap is out. */
static const struct match_database *database_of(struct reading *r, unsigned number, const struct model_database *row)
{
	struct signature_scratch *s = r->call->scratch;
	struct match_database **slot = &s->database[number][r->field];
	const struct model *m = &r->call->set->part[number].model;
	if (*slot || match_open((const char *)m->row[MODEL_BYTES] + row->offset, row->len, slot, NULL) < 0)
		return *slot;
	if (match_scratch_fit(s->match, *slot) < 0) {
		match_close(*slot);
		*slot = NULL;
	}
	return *slot;
}

static void read_part(struct reading *r, unsigned number)
{
	const struct set_part *part = &r->call->set->part[number];
	const struct model_database *row = part->row[r->field];
	struct signature_scratch *s = r->call->scratch;
	uint64_t *bits = s->bits + s->words * r->depth;
	if (!row)
		return;
	memset(bits, 0, s->words * sizeof *bits);
	const struct match_database *database = database_of(r, number, row);
	if (database)
		match_scan(database, s->match, r->value, r->len, bits);
	for (uint32_t i = 0; i < row->candidates; i++) {
		const struct model_candidate *c = model_candidate(&part->model, row->first_candidate + i);
		if (c->how == MATCH_ALWAYS || bits[i / 64] >> i % 64 & 1)
			try_candidate(r, number, c->entry);
	}
}

static void read_value(struct reading *r)
{
	for (unsigned p = 0; p < r->call->set->parts; p++)
		read_part(r, p);
}

/* A greeting is first read as if its host had no name. */
static void read_greeting(struct reading *r)
{
	char *nameless = NULL;
	if (greeting_host(r->field, r->value, r->len, &r->host))
		nameless = arena_text(r->call->arena, r->value, r->len);
	else
		r->host = (struct greeting_name){0, 0};
	if (nameless)
		memset(nameless + r->host.from, '-', r->host.end - r->host.from);
	r->nameless = nameless;
	read_value(r);
	if (!r->in_name || r->call->count)
		return;
	r->nameless = NULL;
	read_value(r);
}

/* Best first; what is equally sure keeps its order. */
static void order(struct conclusion *out, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct conclusion c = out[i];
		size_t k = i;
		for (; k && out[k - 1].confidence < c.confidence; k--)
			out[k] = out[k - 1];
		out[k] = c;
	}
}

size_t signature_match_traced(const struct signature_set *set, struct signature_scratch *scratch, enum field field,
			      const void *value, size_t len, struct arena *arena, struct conclusion *out, size_t max,
			      const struct signature_trace *trace)
{
	struct call call = {set, scratch, arena, out, 0, max, trace};
	char reading[TCP_READING_BYTES];
	size_t status = field < FIELDS ? greeting_status(field, value, len) : 0;
	value = (const char *)value + status;
	len -= status;
	struct reading r = {
		.call = &call,
		.field = field,
		.value = value,
		.len = len < SIGNATURE_VALUE_MAX ? len : SIGNATURE_VALUE_MAX,
		.confidence = 100,
	};
	if (field >= FIELDS || !len)
		return 0;
	if (field == FIELD_TCP_SYN || field == FIELD_TCP_SYN_ACK) {
		r.len = tcp_reading(value, r.len, reading);
		r.value = reading;
	}
	read_greeting(&r);
	order(out, call.count);
	return call.count;
}

size_t signature_match(const struct signature_set *set, struct signature_scratch *scratch, enum field field,
		       const void *value, size_t len, struct arena *arena, struct conclusion *out, size_t max)
{
	return signature_match_traced(set, scratch, field, value, len, arena, out, max, NULL);
}
