#include "classify/signature_p0f.h"

#include "classify/match.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As p0f has it: further away than this nobody is. */
enum { HOPS_MAX = 35, PARTS = 8, MULTIPLE_MIN = 256, CONFIDENCE_SPECIFIC = 45, CONFIDENCE_GENERIC = 35 };

enum section { NO_SECTION, SECTION_OTHER, SECTION_SYN, SECTION_SYN_ACK };

struct label {
	char type;        /* 's' specific, 'g' generic, 0: none yet */
	char name[96];    /* of the system */
	char flavor[96];  /* which of them */
	bool application; /* says nothing about the system */
};

struct reader {
	struct model_builder *b;
	const char *file;
	uint32_t file_text, group;
	struct error *error;
	unsigned line;
	enum section section;
	bool generic; /* what this pass takes */
	struct label label;
};

/* One signature in parts: ver, ittl, olen, mss, wsize and scale, layout, quirks, pclass. */
struct signature {
	char *part[PARTS];
};

__attribute__((format(printf, 2, 3))) static int refuse(struct reader *r, const char *format, ...)
{
	char why[400];
	va_list ap;
	va_start(ap, format);
	vsnprintf(why, sizeof why, format, ap);
	va_end(ap);
	return error_set(r->error, ERROR_USAGE, "%s:%u: %s", r->file, r->line, why);
}

/* ---- numbers as patterns ---- */

static bool number(const char *text, unsigned max, unsigned *out)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	*out = (unsigned)n;
	return *text >= '0' && *text <= '9' && !*end && n <= max;
}

/* Every number from `from` to `to`, ten by ten. */
static void range(struct buffer *out, unsigned from, unsigned to)
{
	BUFFER_LITERAL(out, "(?:");
	for (unsigned tens = from / 10; tens <= to / 10; tens++) {
		unsigned low = tens == from / 10 ? from % 10 : 0, high = tens == to / 10 ? to % 10 : 9;
		if (tens != from / 10)
			buffer_char(out, '|');
		if (tens)
			buffer_format(out, "%u", tens);
		buffer_format(out, "[%u-%u]", low, high);
	}
	buffer_char(out, ')');
}

static int write_number(struct reader *r, struct buffer *out, const char *text, const char *what)
{
	unsigned n;
	if (!strcmp(text, "*"))
		BUFFER_LITERAL(out, "\\d+");
	else if (number(text, 65535, &n))
		buffer_format(out, "%u", n);
	else
		return refuse(r, "%s «%s» is no number and no *", what, text);
	return 0;
}

/* The TTL a packet was sent with: "64", "54+10" (seen and hops), "64-" (any that is not more). */
static int write_ttl(struct reader *r, struct buffer *out, char *text)
{
	unsigned ttl, hops = 0;
	char *plus = strchr(text, '+'), *minus = strchr(text, '-');
	if (plus)
		*plus = 0;
	if (minus)
		*minus = 0;
	if (!number(text, 255, &ttl) || !ttl || (minus && minus[1]) || (plus && !number(plus + 1, 254, &hops)))
		return refuse(r, "the TTL «%s» is none", text);
	ttl = ttl + hops > 255 ? 255 : ttl + hops;
	range(out, minus || ttl <= HOPS_MAX ? 1 : ttl - HOPS_MAX, ttl);
	return 0;
}

/* The window; what it is a multiple of stands behind the text (tcp_reading.h) and goes to `behind`. */
static int write_window(struct reader *r, struct buffer *out, const char *text, struct buffer *behind)
{
	unsigned n;
	if (!strncmp(text, "mss*", 4) || !strncmp(text, "mtu*", 4)) {
		if (!number(text + 4, 65535, &n))
			return refuse(r, "the window «%s» is no multiple", text);
		BUFFER_LITERAL(out, "\\d+");
		buffer_format(behind, ".* win=%.3s\\*%u(?: |$)", text, n);
		return 0;
	}
	if (*text != '%')
		return write_number(r, out, text, "the window");
	if (!number(text + 1, 65535, &n) || n < MULTIPLE_MIN)
		return refuse(r, "the window «%s» must be a multiple of %d or more", text, MULTIPLE_MIN);
	BUFFER_LITERAL(out, "(?:");
	for (unsigned w = n; w <= 65535; w += n)
		buffer_format(out, "%s%u", w > n ? "|" : "", w);
	buffer_char(out, ')');
	return 0;
}

/* ---- words as patterns ---- */

static int write_layout(struct reader *r, struct buffer *out, const char *text)
{
	if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789,?+") != strlen(text))
		return refuse(r, "the options «%s» are none", text);
	for (; *text; text++) {
		if (strchr("?+", *text))
			buffer_char(out, '\\');
		buffer_char(out, *text);
	}
	return 0;
}

/* In the order in which a fingerprint names them; the sets mark those that only one version of IP can have. */
static const struct {
	const char *name;
	unsigned versions; /* 4, 6 or both */
} quirk[] = {
	{"df", 4},    {"id+", 4},   {"id-", 4},   {"ecn", 10},   {"0+", 4},     {"flow", 6},
	{"seq-", 10}, {"ack+", 10}, {"ack-", 10}, {"uptr+", 10}, {"urgf+", 10}, {"pushf+", 10},
	{"ts1-", 10}, {"ts2+", 10}, {"opt+", 10}, {"exws", 10},  {"bad", 10},
};
enum { QUIRKS = sizeof quirk / sizeof *quirk };

static int read_quirks(struct reader *r, char *text, uint32_t *set)
{
	char *rest = NULL;
	*set = 0;
	for (char *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		unsigned i = 0;
		while (i < QUIRKS && strcmp(quirk[i].name, word))
			i++;
		if (i == QUIRKS)
			return refuse(r, "there is no quirk «%s»", word);
		*set |= 1u << i;
	}
	return 0;
}

static void write_quirks(struct buffer *out, uint32_t set, unsigned version)
{
	bool more = false;
	for (unsigned i = 0; i < QUIRKS; i++) {
		if (!(set >> i & 1) || !(quirk[i].versions == 10 || quirk[i].versions == version))
			continue;
		if (more)
			buffer_char(out, ',');
		for (const char *c = quirk[i].name; *c; c++) {
			if (*c == '+')
				buffer_char(out, '\\');
			buffer_char(out, *c);
		}
		more = true;
	}
}

/* ---- a signature ---- */

/* False when the text has not exactly as many parts as a signature. */
static bool split(char *text, struct signature *s)
{
	for (unsigned n = 0; n < PARTS; n++) {
		char *colon = strchr(text, ':');
		s->part[n] = text;
		if ((colon == NULL) != (n == PARTS - 1))
			return false;
		if (colon) {
			*colon = 0;
			text = colon + 1;
		}
	}
	return true;
}

/* The parts of one version of IP, between the version and the payload. */
static int write_version(struct reader *r, struct buffer *out, const struct signature *s, unsigned version,
			 uint32_t quirks, struct buffer *behind)
{
	char ttl[16], window[32];
	snprintf(ttl, sizeof ttl, "%s", s->part[1]);
	snprintf(window, sizeof window, "%s", s->part[4]);
	char *scale = strchr(window, ',');
	if (!scale)
		return refuse(r, "the window «%s» has no scale behind a comma", window);
	*scale++ = 0;
	buffer_format(out, "%u:", version);
	int result = write_ttl(r, out, ttl);
	buffer_char(out, ':');
	if (!result)
		result = write_number(r, out, s->part[2], "the length of options");
	buffer_char(out, ':');
	if (!result)
		result = write_number(r, out, s->part[3], "the MSS");
	buffer_char(out, ':');
	if (!result)
		result = write_window(r, out, window, behind);
	buffer_char(out, ',');
	if (!result)
		result = write_number(r, out, scale, "the scale");
	buffer_char(out, ':');
	if (!result)
		result = write_layout(r, out, s->part[5]);
	buffer_char(out, ':');
	write_quirks(out, quirks, version);
	return result;
}

static int write_pattern(struct reader *r, struct signature *s, struct buffer *out)
{
	struct buffer behind = {0}, unused = {0};
	uint32_t quirks = 0;
	bool any = !strcmp(s->part[0], "*"), four = !strcmp(s->part[0], "4"), six = !strcmp(s->part[0], "6");
	const char *payload = s->part[7];
	int result = any || four || six ? read_quirks(r, s->part[6], &quirks)
					: refuse(r, "the version «%s» is none of 4, 6 and *", s->part[0]);
	if (!result && (strlen(payload) != 1 || !strchr("0+*", *payload)))
		result = refuse(r, "the payload «%s» is none of 0, + and *", payload);
	BUFFER_LITERAL(out, "^(?:");
	if (!result && !six)
		result = write_version(r, out, s, 4, quirks, &behind);
	if (any)
		buffer_char(out, '|');
	if (!result && !four)
		result = write_version(r, out, s, 6, quirks, six ? &behind : &unused);
	buffer_format(out, "):%s", *payload == '*' ? "[0+]" : *payload == '+' ? "\\+" : "0");
	buffer_add(out, behind.data, behind.len);
	buffer_char(out, 0);
	buffer_fini(&behind);
	buffer_fini(&unused);
	return result;
}

/* ---- the entry ---- */

/* A flavor that is a version ("2.6.x", "8") is one; others ("3.11 and newer") are of the entry's name only, and
 * those of Windows are how editions are called. */
static void conclude(struct reader *r)
{
	const struct label *l = &r->label;
	char title[200];
	bool version = l->flavor[0] && strspn(l->flavor, "0123456789.x") == strlen(l->flavor);
	bool edition = !strcmp(l->name, "Windows") && (!strcmp(l->flavor, "XP") || version);
	snprintf(title, sizeof title, "%s%s%s", l->name, edition ? " " : "", edition ? l->flavor : "");
	struct model_conclusion c = {.kind = CONCLUDES_SOFTWARE,
				     .role = ROLE_OPERATING_SYSTEM,
				     .title = model_add_text(r->b, title),
				     .version = version && !edition ? model_add_text(r->b, l->flavor) : 0};
	model_add(r->b, MODEL_CONCLUSIONS, &c);
}

static uint32_t name_of(struct reader *r)
{
	char name[240];
	snprintf(name, sizeof name, "%.90s-%.90s-%u", r->label.name, r->label.flavor, r->line);
	for (char *c = name; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-", *c))
			*c = '-';
	return model_add_text(r->b, name);
}

static int add_entry(struct reader *r, const char *pattern)
{
	uint32_t field = r->section == SECTION_SYN ? FIELD_TCP_SYN : FIELD_TCP_SYN_ACK;
	struct model_entry row = {
		.name = name_of(r),
		.pattern = model_add_text(r->b, pattern),
		.group = r->group,
		.file = r->file_text,
		.line = r->line,
		.case_sensitive = 1,
		.confidence = r->generic ? CONFIDENCE_GENERIC : CONFIDENCE_SPECIFIC,
		.fields = 1,
		.first_field = model_rows(r->b, MODEL_FIELDS),
		.conclusions = 1,
		.first_conclusion = model_rows(r->b, MODEL_CONCLUSIONS),
		.first_feed = model_rows(r->b, MODEL_FEEDS),
		.first_example = model_rows(r->b, MODEL_EXAMPLES),
	};
	struct error why = {""};
	struct match_regex *regex = match_regex_new(pattern, true, &why);
	if (!regex)
		return refuse(r, "the signature makes no pattern: %s", why.text[0] ? why.text : "memory is out");
	match_regex_free(regex);
	conclude(r);
	model_add(r->b, MODEL_FIELDS, &field);
	model_add(r->b, MODEL_ENTRIES, &row);
	return 0;
}

static int take_signature(struct reader *r, char *text)
{
	struct signature s = {{NULL}};
	struct buffer pattern = {0};
	if (!r->label.type)
		return refuse(r, "a signature stands behind a label");
	if (!split(text, &s))
		return refuse(r, "a signature is ver:ittl:olen:mss:wsize,scale:olayout:quirks:pclass, %d parts", PARTS);
	int result = write_pattern(r, &s, &pattern);
	if (!result && pattern.failed)
		result = error_set(r->error, ERROR_FAILED, "no memory to read %s", r->file);
	if (!result && !r->label.application && r->generic == (r->label.type == 'g'))
		result = add_entry(r, pattern.data);
	buffer_fini(&pattern);
	return result;
}

/* "s:unix:Linux:3.11 and newer" */
static int take_label(struct reader *r, char *text)
{
	char *part[4] = {text};
	for (int i = 1; i < 4; i++) {
		char *colon = strchr(part[i - 1], ':');
		if (!colon)
			return refuse(r, "a label is type:class:name:flavor");
		*colon = 0;
		part[i] = colon + 1;
	}
	if (strcmp(part[0], "s") && strcmp(part[0], "g"))
		return refuse(r, "the type of a label is s or g, not «%s»", part[0]);
	if (!*part[2] || strpbrk(part[2], "{}[]") || strpbrk(part[3], "{}[]"))
		return refuse(r, "«%s» is no name of a system", part[2]);
	r->label.type = *part[0];
	r->label.application = *part[1] == '!';
	snprintf(r->label.name, sizeof r->label.name, "%s", part[2]);
	snprintf(r->label.flavor, sizeof r->label.flavor, "%s", part[3]);
	return 0;
}

/* ---- lines ---- */

static int take_section(struct reader *r, const char *name)
{
	static const struct {
		const char *name;
		enum section section;
	} known[] = {{"[mtu]", SECTION_OTHER},
		     {"[tcp:request]", SECTION_SYN},
		     {"[tcp:response]", SECTION_SYN_ACK},
		     {"[http:request]", SECTION_OTHER},
		     {"[http:response]", SECTION_OTHER}};
	memset(&r->label, 0, sizeof r->label);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].name, name)) {
			r->section = known[i].section;
			return 0;
		}
	return refuse(r, "there is no section «%s»", name);
}

static char *trim(char *text)
{
	size_t n = strlen(text);
	while (n && strchr(" \t\r", text[n - 1]))
		text[--n] = 0;
	return text + strspn(text, " \t");
}

static int take_line(struct reader *r, char *line)
{
	line = trim(line);
	char *equals = strchr(line, '=');
	if (!*line || *line == ';' || *line == '#')
		return 0;
	if (*line == '[')
		return take_section(r, line);
	if (!equals)
		return refuse(r, "a line is [section] or key = value");
	*equals = 0;
	const char *key = trim(line);
	char *value = trim(equals + 1);
	if (!strcmp(key, "classes") || !strcmp(key, "ua_os") || !strcmp(key, "sys"))
		return 0;
	if (strcmp(key, "label") && strcmp(key, "sig"))
		return refuse(r, "there is no key «%s»", key);
	if (r->section == NO_SECTION)
		return refuse(r, "«%s» stands before any section", key);
	if (r->section == SECTION_OTHER)
		return 0;
	return *key == 'l' ? take_label(r, value) : take_signature(r, value);
}

static int read_pass(struct reader *r, const char *text, size_t len)
{
	char line[2048];
	int result = 0;
	r->line = 0;
	r->section = NO_SECTION;
	memset(&r->label, 0, sizeof r->label);
	while (!result && len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		r->line++;
		if (n >= sizeof line || memchr(text, 0, n))
			return refuse(r, "the line is too long, or is no text");
		memcpy(line, text, n);
		line[n] = 0;
		result = take_line(r, line);
		n += end != NULL;
		text += n;
		len -= n;
	}
	return result;
}

int signature_p0f_read(struct model_builder *b, const char *file, const void *text, size_t len, struct error *error)
{
	struct reader r = {.b = b,
			   .file = file,
			   .file_text = model_add_text(b, file),
			   .group = model_add_text(b, "main"),
			   .error = error};
	int result = read_pass(&r, text, len);
	r.generic = true;
	return result ? result : read_pass(&r, text, len);
}
