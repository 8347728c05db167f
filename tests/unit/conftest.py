"""Property tests run without a clock: a slow machine is no defect."""

from hypothesis import HealthCheck, settings

settings.register_profile("moorage", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("moorage")
