/* SPDX-License-Identifier: MIT */
/* What the writers of JSON in this room share: cJSON calls that cannot fail. */
#ifndef SVAFUZZ_REPORTS_JSON_H
#define SVAFUZZ_REPORTS_JSON_H

#include "../harness/base/base.h"

#include <cjson/cJSON.h>

static inline cJSON *json_object(void)
{
	cJSON *object = cJSON_CreateObject();

	CHECK(object, "no memory for a report");
	return object;
}

/* An object at the end of an array. */
static inline cJSON *json_push_object(cJSON *array)
{
	cJSON *object = json_object();

	CHECK(cJSON_AddItemToArray(array, object), "no memory for a report");
	return object;
}

static inline void json_push_text(cJSON *array, const char *text)
{
	cJSON *string = cJSON_CreateString(text);

	CHECK(string && cJSON_AddItemToArray(array, string), "no memory for a report");
}

static inline void json_push_number(cJSON *array, double number)
{
	cJSON *item = cJSON_CreateNumber(number);

	CHECK(item && cJSON_AddItemToArray(array, item), "no memory for a report");
}

static inline cJSON *json_add_object(cJSON *object, const char *key)
{
	cJSON *added = cJSON_AddObjectToObject(object, key);

	CHECK(added, "no memory for %s", key);
	return added;
}

static inline cJSON *json_add_array(cJSON *object, const char *key)
{
	cJSON *array = cJSON_AddArrayToObject(object, key);

	CHECK(array, "no memory for %s", key);
	return array;
}

static inline void json_add_text(cJSON *object, const char *key, const char *text)
{
	CHECK(cJSON_AddStringToObject(object, key, text ? text : ""), "no memory for %s", key);
}

/* null when there is no text. */
static inline void json_add_text_or_null(cJSON *object, const char *key, const char *text)
{
	if (text)
		json_add_text(object, key, text);
	else
		CHECK(cJSON_AddNullToObject(object, key), "no memory for %s", key);
}

static inline void json_add_number(cJSON *object, const char *key, double number)
{
	CHECK(cJSON_AddNumberToObject(object, key, number), "no memory for %s", key);
}

static inline void json_add_bool(cJSON *object, const char *key, bool value)
{
	CHECK(cJSON_AddBoolToObject(object, key, value), "no memory for %s", key);
}

/* JSON text that is there already. */
static inline void json_add_raw(cJSON *object, const char *key, const char *text)
{
	CHECK(cJSON_AddRawToObject(object, key, text), "no memory for %s", key);
}

/* The text in one line, with a last newline; it is malloc'd, the item is gone. */
char *json_take(cJSON *root);

#endif
