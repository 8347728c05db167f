from dataclasses import replace
from pathlib import Path

import pytest

from tests.clients.support import image
from tests.clients.support.registry import ADMIN, digest, make_project, manifest, publish, repositories, tags
from tests.clients.support.tools import Client
from tests.support.server import PASSWORD, Server


def login(docker: Client, registry: Server) -> str:
    """Log in as the administrator."""
    return docker.run("login", "--username", ADMIN, "--password-stdin", registry.address, feed=PASSWORD)


def build(docker: Client, folder: Path, program: Path, salt: str, name: str) -> None:
    """Build an image from scratch under that name."""
    docker.run("build", "--tag", name, image.write_context(folder, program, salt))


def forget(docker: Client, *names: str) -> None:
    """Take images out of the engine, so that a pull has to bring them."""
    docker.run("image", "rm", "--force", *names)


def test_login_with_the_right_password(docker: Client, registry: Server) -> None:
    """`docker login` succeeds with the right password."""
    assert "Login Succeeded" in login(docker, registry)


def test_round_trip(docker: Client, registry: Server, project: str, greeter: Path, tmp_path: Path) -> None:
    """An image that was built and pushed can be pulled by tag and by digest, and it runs."""
    name = f"{registry.address}/{project}/app"
    login(docker, registry)
    build(docker, tmp_path / "context", greeter, project, f"{name}:1.0")
    docker.run("tag", f"{name}:1.0", f"{name}:latest")
    docker.run("push", f"{name}:1.0")
    docker.run("push", f"{name}:latest")
    assert tags(registry, f"{project}/app") == ["1.0", "latest"]

    forget(docker, f"{name}:1.0", f"{name}:latest")
    docker.run("pull", f"{name}:1.0")
    assert docker.run("run", "--rm", "--network", "none", f"{name}:1.0") == image.GREETING

    forget(docker, f"{name}:1.0")
    pinned = f"{name}@{digest(registry, f'{project}/app', '1.0')}"
    docker.run("pull", pinned)
    assert docker.run("run", "--rm", "--network", "none", pinned) == image.GREETING
    forget(docker, pinned)


def test_by_an_old_name(docker: Client, registry: Server, project: str, greeter: Path, tmp_path: Path) -> None:
    """What was renamed is pulled by its old name by who may, and a push to that is told the new one."""
    name = f"{registry.address}/{project}/renamed:1.0"
    login(docker, registry)
    build(docker, tmp_path / "context", greeter, project, name)
    docker.run("push", name)
    path = f"/api/v1/projects/{project}/repositories/renamed"
    assert registry.call("PATCH", path, body={"name": "front"})[0] == 200
    forget(docker, name)
    docker.run("pull", name)
    assert docker.run("run", "--rm", "--network", "none", name) == image.GREETING
    build(docker, tmp_path / "another", greeter, f"{project}-another", name)
    assert f"{project}/renamed is now {project}/front" in docker.refused("push", name)
    forget(docker, name)
    docker.run("logout", registry.address)
    assert "front" not in docker.refused("pull", name)


def test_all_tags(docker: Client, registry: Server, project: str, greeter: Path, tmp_path: Path) -> None:
    """`push --all-tags` and `pull --all-tags` carry every tag of a repository."""
    name = f"{registry.address}/{project}/app"
    login(docker, registry)
    build(docker, tmp_path / "context", greeter, project, f"{name}:one")
    docker.run("tag", f"{name}:one", f"{name}:two")
    docker.run("push", "--all-tags", name)
    forget(docker, f"{name}:one", f"{name}:two")
    docker.run("pull", "--all-tags", name)
    assert tags(registry, f"{project}/app") == ["one", "two"]
    forget(docker, f"{name}:one", f"{name}:two")


def test_single_name(docker: Client, registry: Server, project: str, greeter: Path, tmp_path: Path) -> None:
    """An image with a name of a single part can be pushed and pulled; it belongs to the project `library`."""
    name = f"{registry.address}/{project}"
    login(docker, registry)
    build(docker, tmp_path / "context", greeter, project, f"{name}:1.0")
    docker.run("push", f"{name}:1.0")
    forget(docker, f"{name}:1.0")
    docker.run("pull", f"{name}:1.0")
    forget(docker, f"{name}:1.0")
    assert project in repositories(registry, "library")


def test_layers_are_mounted(docker: Client, registry: Server, project: str, greeter: Path, tmp_path: Path) -> None:
    """Layers that the registry has in a repository which the client knows are mounted, not sent again."""
    first = f"{registry.address}/{project}/first:1.0"
    second = f"{registry.address}/{project}-too/second:1.0"
    login(docker, registry)
    build(docker, tmp_path / "context", greeter, project, first)
    docker.run("push", first)
    docker.run("tag", first, second)
    assert f"Mounted from {project}/first" in docker.run("push", second)
    forget(docker, first, second)
    docker.run("pull", second)
    forget(docker, second)


def test_push_again(docker: Client, registry: Server, project: str, greeter: Path, tmp_path: Path) -> None:
    """A second push of the same image finds every layer there."""
    name = f"{registry.address}/{project}/app:1.0"
    login(docker, registry)
    build(docker, tmp_path / "context", greeter, project, name)
    docker.run("push", name)
    assert "Layer already exists" in docker.run("push", name)
    forget(docker, name)


def test_manifest_list(docker: Client, registry: Server, project: str, greeter: Path, tmp_path: Path) -> None:
    """A manifest list of two platforms is made from pushed images, and a pull takes this machine's."""
    name = f"{registry.address}/{project}/app"
    # An image with statements about its making is an index already, which `docker manifest` does not nest.
    docker = replace(docker, environment={"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"})
    login(docker, registry)
    for number, platform in enumerate((image.architecture(), "s390x")):
        build(docker, tmp_path / platform, greeter, f"{project} {number}", f"{name}:{platform}")
        docker.run("push", f"{name}:{platform}")
    docker.run("manifest", "create", "--insecure", f"{name}:all", f"{name}:{image.architecture()}", f"{name}:s390x")
    docker.run("manifest", "annotate", f"{name}:all", f"{name}:s390x", "--arch", "s390x", "--os", "linux")
    docker.run("manifest", "push", "--insecure", f"{name}:all")

    entries = manifest(registry, f"{project}/app", "all")["manifests"]
    assert {entry["platform"]["architecture"] for entry in entries} == {image.architecture(), "s390x"}
    forget(docker, f"{name}:{image.architecture()}", f"{name}:s390x")
    docker.run("pull", f"{name}:all")
    assert docker.run("run", "--rm", "--network", "none", f"{name}:all") == image.GREETING
    forget(docker, f"{name}:all")


def test_buildx_index(docker: Client, registry: Server, project: str, greeter: Path, tmp_path: Path) -> None:
    """Buildx makes an index of pushed images by itself, where Docker brings it."""
    if docker.attempt("buildx", "version").status != 0:
        pytest.skip("this generation of Docker has no buildx")
    name = f"{registry.address}/{project}/app"
    login(docker, registry)
    build(docker, tmp_path / "context", greeter, project, f"{name}:1.0")
    docker.run("push", f"{name}:1.0")
    docker.run("buildx", "imagetools", "create", "--tag", f"{name}:index", f"{name}:1.0")
    told = docker.run("buildx", "imagetools", "inspect", f"{name}:index")
    assert digest(registry, f"{project}/app", "index") in told
    forget(docker, f"{name}:1.0")


def test_logout(docker: Client, registry: Server, project: str, greeter: Path, tmp_path: Path) -> None:
    """After `docker logout` a private image can neither be pulled nor pushed."""
    name = f"{registry.address}/{project}/app:1.0"
    login(docker, registry)
    build(docker, tmp_path / "context", greeter, project, name)
    docker.run("push", name)
    docker.run("logout", registry.address)
    assert docker.refused("push", name)
    forget(docker, name)
    assert docker.refused("pull", name)


def test_public_project(docker: Client, registry: Server, project: str, greeter: Path, tmp_path: Path) -> None:
    """Somebody who never logged in pulls from a public project, and may not push to it."""
    name = f"{registry.address}/{project}/app:1.0"
    make_project(registry, project, public=True)
    login(docker, registry)
    build(docker, tmp_path / "context", greeter, project, name)
    docker.run("push", name)
    docker.run("logout", registry.address)
    docker.run("tag", name, f"{name}.1")
    assert docker.refused("push", f"{name}.1")
    forget(docker, name, f"{name}.1")
    docker.run("pull", name)
    assert docker.run("run", "--rm", "--network", "none", name) == image.GREETING
    forget(docker, name)


def test_project_made_public(docker: Client, registry: Server, project: str, greeter: Path, tmp_path: Path) -> None:
    """A project that becomes public is readable for everybody at once."""
    name = f"{registry.address}/{project}/app:1.0"
    login(docker, registry)
    build(docker, tmp_path / "context", greeter, project, name)
    docker.run("push", name)
    docker.run("logout", registry.address)
    forget(docker, name)
    assert docker.refused("pull", name)
    publish(registry, project)
    docker.run("pull", name)
    forget(docker, name)
