"""Requests are signed as Amazon's own library signs them."""

import json
from datetime import UTC, datetime

import pytest

from routerproject.shared.aws_signature import (
    Credentials,
    NoCredentials,
    credentials_of,
    signed_headers,
)

AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
JSON = {"content-type": "application/json"}
SECRETS = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "secretsmanager.GetSecretValue",
}
RUNTIME = "https://bedrock-runtime.us-east-1.amazonaws.com/model"
# What botocore's SigV4Auth made of the same requests and keys.
SIGNED = [
    (
        f"{RUNTIME}/us.anthropic.claude-haiku-4-5-20251001-v1:0/invoke",
        *("bedrock", JSON, b'{"a":1}', ""),
        "7628bddd274a699449cd634c1960e5775238d40068a67c002f5dbf9c85c42ec0",
    ),
    (
        f"{RUNTIME}/arn%3Aaws%3Abedrock%3Aus%2Fx/invoke-with-response-stream",
        *("bedrock", JSON, b"{}", "tok"),
        "309abcf594cd18ac137f0d0d504a019f78419185580bf57e511c038ab0d5559f",
    ),
    (
        "https://secretsmanager.eu-west-1.amazonaws.com/",
        *("secretsmanager", SECRETS, b'{"SecretId":"a"}', "tok"),
        "b4de6e8167d459503f294937b1818befc793f9377f60374e13a5c9c6c7c2a741",
    ),
    (
        "http://127.0.0.1:8080/model/x/invoke",
        *("bedrock", JSON, b"{}", ""),
        "1d4c2cc59e9e0aca4efc5d35745631136fe47842cdaf56be645b8fa201c410b6",
    ),
]


@pytest.mark.parametrize(("url", "service", "headers", "body", "token", "signature"), SIGNED)
def test_signature_is_that_of_the_vendors_library(url, service, headers, body, token, signature):
    keys = Credentials("AKIDEXAMPLE", "secret", "us-east-1", token)
    found = signed_headers(
        keys, service=service, method="POST", url=url, headers=headers, body=body, at=AT
    )
    assert found["authorization"].endswith(f"Signature={signature}")
    assert ("x-amz-security-token" in found) == bool(token)
    assert "secret" not in repr(keys)


def test_secret_names_keys_and_a_region_or_takes_that_of_the_address():
    keys = {"access_key_id": "A", "secret_access_key": "b"}
    assert credentials_of(json.dumps(keys), region="eu-west-1").region == "eu-west-1"
    named = {**keys, "region": "us-east-1"}
    assert credentials_of(json.dumps(named), region="eu-west-1").region == "us-east-1"


@pytest.mark.parametrize(
    "text",
    [
        *("", "plain-key", "[1]", "{}", '{"access_key_id": "A", "secret_access_key": "b"}'),
        '{"access_key_id": "A", "secret_access_key": 5, "region": "r"}',
        '{"access_key_id": "A", "other": "b"}',
    ],
)
def test_secret_that_is_no_identity_is_refused_without_a_word_of_it(text: str):
    with pytest.raises(NoCredentials) as refused:
        credentials_of(text)
    assert not text or text not in str(refused.value)
