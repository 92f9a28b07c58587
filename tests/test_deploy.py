"""What stands in `deploy` agrees: the same port, path, names and promises in every file, and no more than the container may do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from builder.formats.link import MAX_TOKEN
from builder.headers import FRAMES

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
HEALTH = "/_stcore/health"
SECRET = "STREAMLIT_SERVER_COOKIE_SECRET"  # Streamlit's name for server.cookieSecret


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def cluster() -> dict[str, Any]:
    """The manifests by kind."""
    every = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")))
    assert len({each["kind"] for each in every}) == len(every)
    return {each["kind"]: each for each in every}


@pytest.fixture(scope="module")
def pod(cluster: dict[str, Any]) -> dict[str, Any]:
    return dict(cluster["Deployment"]["spec"]["template"]["spec"])


def port() -> int:
    (exposed,) = re.findall(r"^EXPOSE (\d+)$", CONTAINER, re.M)
    return int(exposed)


def test_the_container_listens_and_is_asked_for_its_health_where_it_is_exposed() -> None:
    assert f'"--port", "{port()}"' in CONTAINER and f"127.0.0.1:{port()}{HEALTH}" in CONTAINER
    assert "--no-access-log" in CONTAINER


def test_the_container_takes_what_is_there_and_runs_as_nobody_of_importance(pod: dict[str, Any]) -> None:
    root = DEPLOY.parent
    let_in = [line[1:] for line in (root / ".dockerignore").read_text(encoding="utf-8").split() if line.startswith("!")]
    copied = re.findall(r"^COPY (?!--from)(\S+)", CONTAINER, re.M)
    assert sorted(copied) == sorted(let_in) and all((root / name).exists() for name in copied)
    (user,) = re.findall(r"^USER (\d+):", CONTAINER, re.M)
    assert int(user) == pod["securityContext"]["runAsUser"] > 0


def test_nginx_and_compose_name_the_same_replicas(compose: dict[str, Any]) -> None:
    replicas = dict(re.findall(r"server (\w+):(\d+)", NGINX))
    assert set(replicas) == set(compose["services"]) - {"proxy"} == set(compose["services"]["proxy"]["depends_on"])
    assert set(map(int, replicas.values())) == {port()}
    (listens,) = re.findall(r"listen (\d+);", NGINX)
    assert [str(each).split(":")[1] for each in compose["services"]["proxy"]["ports"]] == [listens]
    for name in replicas:
        service = compose["services"][name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert set(service["environment"]) == {FRAMES, SECRET}
        assert (
            DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]
        ).resolve() == DEPLOY / "Containerfile"


def test_nginx_lets_the_longest_link_through_and_logs_no_address() -> None:
    (kilobytes,) = re.findall(r"large_client_header_buffers \d+ (\d+)k", NGINX)
    assert int(kilobytes) * 1024 > MAX_TOKEN + 1000
    (logged,) = re.findall(r"log_format private '(.*)';", NGINX)
    assert not {"$request", "$request_uri", "$args", "$http_referer", "$remote_addr"} & set(logged.split())


def test_the_manifests_name_each_other(cluster: dict[str, Any], pod: dict[str, Any]) -> None:
    deployment, service, ingress = cluster["Deployment"], cluster["Service"], cluster["Ingress"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert labels == deployment["spec"]["selector"]["matchLabels"] == service["spec"]["selector"]
    assert labels == cluster["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]
    (container,) = pod["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": port()}]
    assert [each["targetPort"] for each in service["spec"]["ports"]] == ["http"]
    (rule,) = ingress["spec"]["rules"]
    assert rule["http"]["paths"][0]["backend"]["service"] == {
        "name": service["metadata"]["name"],
        "port": {"name": service["spec"]["ports"][0]["name"]},
    }
    assert ingress["spec"]["tls"][0]["hosts"] == [rule["host"]]
    target = cluster["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert target == {name: deployment[name] for name in ("apiVersion", "kind")} | {
        "name": deployment["metadata"]["name"]
    }


def test_a_pod_may_do_little_and_is_watched(pod: dict[str, Any], compose: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": HEALTH, "port": "http"}
    may = container["securityContext"]
    assert pod["securityContext"]["runAsNonRoot"] and may["readOnlyRootFilesystem"]
    assert not may["allowPrivilegeEscalation"] and may["capabilities"] == {"drop": ["ALL"]}
    assert {"cpu", "memory"} == set(container["resources"]["requests"]) == set(container["resources"]["limits"])
    assert {each["name"] for each in container["env"]} == {FRAMES, SECRET}
    assert container["image"] == compose["services"]["lab1"]["image"]


def test_both_proxies_keep_a_student_by_the_same_cookie(cluster: dict[str, Any]) -> None:
    noted = cluster["Ingress"]["metadata"]["annotations"]
    prefix = "nginx.ingress.kubernetes.io/"
    assert noted[f"{prefix}affinity"] == "cookie"
    assert f'Set-Cookie "{noted[f"{prefix}session-cookie-name"]}=$lab;' in NGINX
    assert f"proxy_read_timeout {int(noted[f'{prefix}proxy-read-timeout']) // 3600}h" in NGINX
    assert f"client_max_body_size {noted[f'{prefix}proxy-body-size']};" in NGINX
