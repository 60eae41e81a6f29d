/* Reports in JSON: osquery's rows, CycloneDX and SPDX bills of materials. */
#include "domain/self_report_read.h"

#include <jansson.h>
#include <string.h>

static const char *text_of(struct self_report *r, const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? self_report_keep(r, text, strlen(text)) : NULL;
}

static json_t *parse(const char *data, size_t len, struct error *error)
{
	json_error_t why;
	json_t *root = json_loadb(data, len, 0, &why);
	if (!root)
		error_set(error, ERROR_USAGE, "line %d: this is no JSON: %s", why.line, why.text);
	return root;
}

/* Rows of deb_packages, rpm_packages, programs, apps, python_packages …; os_version has a platform. */
static bool osquery_row(struct self_report *r, const json_t *row)
{
	const char *name = text_of(r, row, "name");
	struct reported_software *s = name ? self_report_add(r) : NULL;
	if (!s)
		return !name;
	s->title = name;
	s->version = text_of(r, row, "version");
	if (!s->version)
		s->version = text_of(r, row, "bundle_short_version");
	s->creator = text_of(r, row, "publisher");
	s->system = json_object_get(row, "platform") && json_object_get(row, "major");
	return true;
}

/* An array of rows, or an object of such arrays by the name of their table. */
static bool osquery_rows(struct self_report *r, const json_t *value)
{
	const char *table;
	json_t *item;
	size_t i;
	json_array_foreach((json_t *)value, i, item) if (!json_is_object(item) || !osquery_row(r, item)) return false;
	json_object_foreach((json_t *)value, table,
			    item) if (!json_is_array(item) || !osquery_rows(r, item)) return false;
	return json_is_array(value) || json_is_object(value);
}

int self_report_osquery(struct self_report *r, const char *data, size_t len, struct error *error)
{
	json_t *root = parse(data, len, error);
	if (!root)
		return ERROR_USAGE;
	bool good = osquery_rows(r, root);
	json_decref(root);
	return good ? 0 : error_set(error, ERROR_USAGE, "this is no list of rows; give what `osqueryi --json` prints");
}

/* Who makes a component: its publisher, else its supplier's name (CycloneDX 1.2 to 1.6). */
static const char *cyclonedx_creator(struct self_report *r, const json_t *component)
{
	const char *publisher = text_of(r, component, "publisher");
	return publisher ? publisher : text_of(r, json_object_get(component, "supplier"), "name");
}

/* Components may hold components. */
static bool cyclonedx_components(struct self_report *r, const json_t *list, unsigned depth)
{
	size_t i;
	json_t *c;
	if (depth > 16)
		return false;
	json_array_foreach((json_t *)list, i, c)
	{
		const char *name = text_of(r, c, "name"), *type = json_string_value(json_object_get(c, "type"));
		struct reported_software *s = name ? self_report_add(r) : NULL;
		if (!s)
			return false;
		s->title = name;
		s->version = text_of(r, c, "version");
		s->creator = cyclonedx_creator(r, c);
		s->cpe = text_of(r, c, "cpe");
		s->purl = text_of(r, c, "purl");
		s->system = type && strcmp(type, "operating-system") == 0;
		if (!cyclonedx_components(r, json_object_get(c, "components"), depth + 1))
			return false;
	}
	return true;
}

int self_report_cyclonedx(struct self_report *r, const char *data, size_t len, struct error *error)
{
	json_t *root = parse(data, len, error);
	if (!root)
		return ERROR_USAGE;
	const char *format = json_string_value(json_object_get(root, "bomFormat"));
	bool ours = format && strcmp(format, "CycloneDX") == 0;
	bool good = ours && cyclonedx_components(r, json_object_get(root, "components"), 0);
	json_decref(root);
	if (!ours)
		return error_set(error, ERROR_USAGE,
				 "this is no CycloneDX bill of materials in JSON: its bomFormat is another");
	return good ? 0 : error_set(error, ERROR_USAGE, "a component has no name, or there are too many");
}

/* "Organization: Example Inc. (mail)": without what kind of name it is (SPDX 2.3, 7.5). */
static const char *spdx_supplier(struct self_report *r, const json_t *package)
{
	static const char *const kinds[] = {"Organization: ", "Person: "};
	const char *text = json_string_value(json_object_get(package, "supplier"));
	for (size_t i = 0; text && i < sizeof kinds / sizeof *kinds; i++) {
		size_t n = strlen(kinds[i]);
		if (strncmp(text, kinds[i], n) == 0)
			return self_report_keep(r, text + n, strcspn(text + n, "("));
	}
	return NULL;
}

static void spdx_references(struct self_report *r, const json_t *list, struct reported_software *s)
{
	size_t i;
	json_t *reference;
	json_array_foreach((json_t *)list, i, reference)
	{
		const char *type = json_string_value(json_object_get(reference, "referenceType"));
		const char **where = !type                            ? NULL
				     : strcmp(type, "cpe23Type") == 0 ? &s->cpe
				     : strcmp(type, "purl") == 0      ? &s->purl
								      : NULL;
		if (where && !*where)
			*where = text_of(r, reference, "referenceLocator");
	}
}

static bool spdx_packages(struct self_report *r, const json_t *list)
{
	size_t i;
	json_t *package;
	json_array_foreach((json_t *)list, i, package)
	{
		const char *purpose = json_string_value(json_object_get(package, "primaryPackagePurpose"));
		const char *name = text_of(r, package, "name");
		struct reported_software *s = name ? self_report_add(r) : NULL;
		if (!s)
			return false;
		s->title = name;
		s->version = text_of(r, package, "versionInfo");
		s->creator = spdx_supplier(r, package);
		s->system = purpose && strcmp(purpose, "OPERATING-SYSTEM") == 0;
		spdx_references(r, json_object_get(package, "externalRefs"), s);
	}
	return json_is_array(list);
}

int self_report_spdx(struct self_report *r, const char *data, size_t len, struct error *error)
{
	json_t *root = parse(data, len, error);
	if (!root)
		return ERROR_USAGE;
	const char *version = json_string_value(json_object_get(root, "spdxVersion"));
	bool ours = version && strncmp(version, "SPDX-2.", 7) == 0;
	bool good = ours && spdx_packages(r, json_object_get(root, "packages"));
	json_decref(root);
	if (!ours)
		return error_set(error, ERROR_USAGE, "this is no SPDX 2 document in JSON: its spdxVersion is another");
	return good ? 0 : error_set(error, ERROR_USAGE, "a package has no name, or there are too many, or none");
}
